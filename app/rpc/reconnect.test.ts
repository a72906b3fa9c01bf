import { MessageChannel } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { failure, refusal } from '../../core/errors.ts';
import type { Client } from '../contract/contract.ts';
import { client } from './client.ts';
import { messagePortPipe } from './message-port.ts';
import type { Connector, Pipe } from './pipe.ts';
import { serve } from './serve.ts';
import { CASE, FakeHost } from './testing/fake-host.ts';

/** A host that can be lost and found again. */
class Flaky implements Connector {
  readonly host = new FakeHost();
  up = true;
  refused = false;
  attempts = 0;
  #pipe: Pipe | null = null;

  connect(): Promise<Pipe> {
    this.attempts += 1;
    if (this.refused) return Promise.reject(refusal('forbidden', 'This page is not known.'));
    if (!this.up) return Promise.reject(failure('connection-lost', 'Nobody answers.'));
    const { port1, port2 } = new MessageChannel();
    this.#pipe = messagePortPipe(port2);
    serve(this.#pipe, this.host);
    return Promise.resolve(messagePortPipe(port1));
  }

  lose(): void {
    this.up = false;
    this.#pipe?.close();
  }
}

describe('a client that reconnects', () => {
  let flaky: Flaky;
  let page: Client;
  let states: string[];
  beforeEach(() => {
    flaky = new Flaky();
    states = [];
    page = client(flaky);
    page.onConnection((state) => states.push(state));
  });
  afterEach(() => {
    vi.useRealTimers();
    page.close();
    flaky.lose();
  });

  it('listens again by itself, and says when to ask for snapshots', async () => {
    const seen: number[] = [];
    page.on('case.changed', ({ rev }) => seen.push(rev));
    await page.call('case.state', {});
    flaky.lose();
    await vi.waitFor(() => expect(states).toEqual(['connected', 'lost']));
    flaky.up = true;
    await vi.waitFor(() => expect(states).toEqual(['connected', 'lost', 'connected']));
    expect(await page.call('case.state', {})).toEqual(CASE);
    flaky.host.emit('case.changed', CASE);
    await vi.waitFor(() => expect(seen).toEqual([7]));
  });

  it('goes on waiting for a job, and fails calls that the host may have acted on', async () => {
    const call = page.call('image.detail', { path: '/a' });
    const result = page.result('bytes.hash', 'job-1');
    await vi.waitFor(() => expect(flaky.host.hanging).not.toBeNull());
    flaky.lose();
    await expect(call).rejects.toMatchObject({ code: 'connection-lost' });
    flaky.up = true;
    await vi.waitFor(() => expect(states.at(-1)).toBe('connected'));
    flaky.host.endJob({ size: 5, digests: {} });
    expect(await result).toEqual({ size: 5, digests: {} });
  });

  it('keeps a call made in between for a while', async () => {
    await page.call('case.state', {});
    flaky.lose();
    await vi.waitFor(() => expect(states.at(-1)).toBe('lost'));
    const call = page.call('case.state', {});
    flaky.up = true;
    expect(await call).toEqual(CASE);
  });

  it('gives a call up when nobody comes back', async () => {
    await page.call('case.state', {});
    flaky.lose();
    await vi.waitFor(() => expect(states.at(-1)).toBe('lost'));
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const call = expect(page.call('case.state', {})).rejects.toMatchObject({ code: 'connection-lost' });
    await vi.advanceTimersByTimeAsync(20_000);
    await call;
  });

  it('stops asking when it is told that the page is not known', async () => {
    await page.call('case.state', {});
    flaky.refused = true;
    flaky.lose();
    await vi.waitFor(() => expect(flaky.attempts).toBe(2));
    await expect(page.call('case.state', {})).rejects.toMatchObject({ code: 'forbidden' });
    expect(flaky.attempts).toBe(2);
  });
});
