import { EventEmitter, once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { MessageChannel as NodeChannel, type MessagePort as NodePort } from 'node:worker_threads';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import type { Client } from '../contract/contract.ts';
import type { JobInfo } from '../contract/types.ts';
import { client } from './client.ts';
import { encodeFrame, MAX_REQUEST } from './frame.ts';
import { type EmitterPort, messagePortPipe } from './message-port.ts';
import type { Pipe } from './pipe.ts';
import { serve } from './serve.ts';
import { CASE, FakeHost } from './testing/fake-host.ts';
import { type WebSocketLike, webSocketPipe } from './web-socket.ts';

interface Ends {
  page: Pipe;
  host: Pipe;
  close(): unknown;
}

/** Electron's port in the main process: an emitter, started by hand, whose messages come inside an event. */
class MainPort extends EventEmitter implements EmitterPort {
  readonly #port: NodePort;

  constructor(port: NodePort) {
    super();
    this.#port = port;
    port.on('close', () => this.emit('close'));
  }

  postMessage(message: unknown): void {
    this.#port.postMessage(message);
  }

  start(): void {
    this.#port.on('message', (data) => this.emit('message', { data, ports: [] }));
  }

  close(): void {
    this.#port.close();
  }
}

async function overWebSocket(): Promise<Ends> {
  const server = createServer();
  const sockets = new WebSocketServer({ server });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const page = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const [[host]] = (await Promise.all([once(sockets, 'connection'), once(page, 'open')])) as [[WebSocket], unknown];
  return {
    page: webSocketPipe(page as unknown as WebSocketLike),
    host: webSocketPipe(host as unknown as WebSocketLike),
    close() {
      page.terminate();
      sockets.close();
      server.close();
    },
  };
}

const transports: Record<string, () => Promise<Ends>> = {
  'a MessageChannel of Node': async () => {
    const { port1, port2 } = new NodeChannel();
    return { page: messagePortPipe(port1), host: messagePortPipe(port2), close: () => port1.close() };
  },
  'a MessageChannel of the page': async () => {
    const { port1, port2 } = new MessageChannel();
    return { page: messagePortPipe(port1), host: messagePortPipe(port2), close: () => port1.close() };
  },
  "a port of Electron's main process": async () => {
    const { port1, port2 } = new NodeChannel();
    return { page: messagePortPipe(port1), host: messagePortPipe(new MainPort(port2)), close: () => port1.close() };
  },
  'a WebSocket': overWebSocket,
};

const until = async (condition: () => boolean): Promise<void> => {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 2));
};

describe.each(Object.entries(transports))('the contract over %s', (_, open) => {
  let ends: Ends;
  let host: FakeHost;
  let page: Client;
  const start = async (): Promise<void> => {
    ends = await open();
    host = new FakeHost();
    serve(ends.host, host);
    page = client(ends.page);
  };
  afterEach(() => ends.close());

  it('answers calls, many at a time, each with its own answer', async () => {
    await start();
    const answers = await Promise.all([page.call('case.state', {}), page.call('evidence.recent', {})]);
    expect(answers).toEqual([CASE, {}]);
  });

  it('hands answers on in the order they were given, large ones too', async () => {
    await start();
    const order: string[] = [];
    await Promise.all([
      page.call('jobs.list', {}).then(() => order.push('large')),
      page.call('case.state', {}).then(() => order.push('small')),
      page.call('jobs.list', {}).then(() => order.push('large')),
    ]);
    expect(order).toEqual(['large', 'small', 'large']);
  });

  it('carries bytes both ways as bytes', async () => {
    await start();
    const target = { space: 'file' as const, path: '/a' };
    const answer = await page.call('bytes.read', { target, at: 5, length: 4 });
    expect(answer.bytes).toEqual(Uint8Array.of(1, 2, 3));
    expect(await page.partials('bytes.search', 'job-1', 12)).toEqual([
      { at: 12, length: 1, context: Uint8Array.of(9), contextAt: 0 },
    ]);
  });

  it('refuses an input that is not what the contract says, and names the place', async () => {
    await start();
    const wrong = { target: { space: 'file', path: '/a' }, at: -1, length: 4 } as const;
    await expect(page.call('bytes.read', wrong)).rejects.toMatchObject({ code: 'usage', message: /at at/ });
    const large = { ...wrong, at: 0, length: 2 ** 40 };
    await expect(page.call('bytes.read', large)).rejects.toMatchObject({ code: 'usage' });
    await expect(page.call('image.detail', { path: 'a\0b' })).rejects.toMatchObject({ code: 'usage' });
    expect(host.seen).toEqual([]);
  });

  it('refuses calls and jobs that do not exist, those of every object included', async () => {
    await start();
    for (const name of ['nothing', 'toString', '__proto__', 'bytes.search', 'case.changed'])
      await expect(page.call(name as 'case.state', {})).rejects.toMatchObject({ code: 'usage' });
    await expect(page.start('case.state' as 'bytes.hash', {} as never)).rejects.toMatchObject({ code: 'usage' });
  });

  it('carries a refusal with its file, offset and hint', async () => {
    await start();
    await expect(page.call('chains.snapshot', {})).rejects.toMatchObject({
      kind: 'refusal',
      code: 'outside-served-folders',
      message: 'Not here.',
      place: { path: '/etc/shadow', offset: 3, hint: 'Elsewhere.' },
    });
  });

  it('answers a bug without its stack, and logs it with', async () => {
    await start();
    const thrown: unknown = await page.call('evidence.reload', {}).catch((error: unknown) => error);
    expect(thrown).toMatchObject({ kind: 'bug', message: /the third invariant/ });
    expect(JSON.stringify(thrown)).not.toContain('fake-host');
    expect(host.logged).toHaveLength(1);
    expect(host.logged[0]?.stack).toContain('fake-host');
  });

  it('answers also when the answer itself cannot be sent', async () => {
    await start();
    await expect(page.call('host.info', {})).rejects.toMatchObject({ kind: 'bug' });
    expect(await page.call('case.state', {})).toEqual(CASE);
  });

  it('tells the host that a call was given up', async () => {
    await start();
    const stop = new AbortController();
    const call = page.call('image.detail', { path: '/a' }, stop.signal);
    await until(() => host.hanging !== null);
    stop.abort();
    await expect(call).rejects.toMatchObject({ kind: 'cancelled' });
    await until(() => host.hanging?.aborted === true);
    await expect(page.call('case.state', {}, stop.signal)).rejects.toMatchObject({ kind: 'cancelled' });
  });

  it('starts jobs and waits for their result', async () => {
    await start();
    const input = {
      target: { space: 'guest' as const, path: '/a' },
      at: 0,
      length: null,
      algorithms: ['sha256' as const],
    };
    const job = await page.start('bytes.hash', input);
    expect(host.seen).toEqual([{ name: 'bytes.hash', input }]);
    const result = page.result('bytes.hash', job);
    host.endJob({ size: 1, digests: {} });
    expect(await result).toEqual({ size: 1, digests: {} });
    await expect(page.result('bytes.hash', 'other')).rejects.toMatchObject({ code: 'not-found' });
  });

  it('sends events to those who listen, until they stop', async () => {
    await start();
    const seen: number[] = [];
    const stop = page.on('case.changed', ({ rev }) => seen.push(rev));
    await page.call('case.state', {});
    host.emit('jobs.changed', { jobs: [] as JobInfo[] });
    host.emit('case.changed', CASE);
    await until(() => seen.length > 0);
    stop();
    await page.call('case.state', {});
    host.emit('case.changed', CASE);
    await page.call('case.state', {});
    expect(seen).toEqual([7]);
  });

  it('sends nothing that is too large, and stays open', async () => {
    await start();
    const paths = Array.from({ length: 2000 }, (_, index) => String(index).padStart(8000, 'x'));
    const call = page.call('evidence.openPath', { paths, add: false });
    await expect(call).rejects.toMatchObject({ code: 'too-large' });
    expect(await page.call('case.state', {})).toEqual(CASE);
  });

  it('closes on a frame that is none, and on a message nobody understands', async () => {
    for (const bad of [Uint8Array.of(1, 2, 3), encodeFrame({ t: 'launch' }), new Uint8Array(MAX_REQUEST + 1)]) {
      await start();
      const closed = new Promise<string>((resolve) => ends.page.onClose(resolve));
      ends.page.send(bad);
      await closed;
      await until(() => host.listeners === 0);
      ends.close();
    }
  });

  it('fails what is under way when the other side is gone, and what comes later', async () => {
    await start();
    const states: string[] = [];
    page.onConnection((state) => states.push(state));
    const call = page.call('image.detail', { path: '/a' });
    await until(() => host.hanging !== null);
    ends.host.close();
    await expect(call).rejects.toMatchObject({ code: 'connection-lost' });
    await expect(page.call('case.state', {})).rejects.toMatchObject({ code: 'connection-lost' });
    expect(states.at(-1)).toBe('lost');
    expect(host.listeners).toBe(0);
    expect(host.hanging?.aborted).toBe(true);
  });
});
