import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { WebSocket } from 'ws';
import { client } from '../../app/rpc/client.ts';
import { MAX_REQUEST } from '../../app/rpc/frame.ts';
import { CASE, FakeHost } from '../../app/rpc/testing/fake-host.ts';
import { type WebSocketLike, webSocketConnector } from '../../app/rpc/web-socket.ts';
import { startWebHost, type WebHost } from './host.ts';
import { next, say, Visitor } from './testing/visitor.ts';

const HTML = '<!doctype html><html lang="en"><head><title>Platter</title></head><body><main></main></body></html>';

describe('the loopback host', () => {
  let folder: string;
  let pages: string;
  let host: FakeHost;
  let web: WebHost;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'platter-web-'));
    pages = path.join(folder, 'renderer');
    await mkdir(path.join(pages, 'assets'), { recursive: true });
    await writeFile(path.join(pages, 'index.html'), HTML);
    await writeFile(path.join(pages, 'assets', 'index-abc.js'), 'export {};');
    await writeFile(path.join(folder, 'secret.txt'), 'outside');
    await symlink(path.join(folder, 'secret.txt'), path.join(pages, 'assets', 'link.txt'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));
  beforeEach(async () => {
    host = new FakeHost();
    web = await startWebHost({ host, pages, port: 0 });
  });
  afterEach(() => web.close());

  const visitor = (): Visitor => new Visitor(web.newAddress());
  const inside = async (): Promise<Visitor> => {
    const own = visitor();
    await own.enter();
    return own;
  };

  it('lets a browser in by its token: cookies, the page, a secret, the socket, an answer', async () => {
    const own = visitor();
    const token = await own.get(own.address.slice(own.origin.length));
    expect(token).toMatchObject({ status: 303, headers: { location: '/' } });
    const lines = token.headers['set-cookie'] as string[];
    for (const line of lines) expect(line).toMatch(/HttpOnly; SameSite=Strict; Path=\//);
    expect(new URL(own.address).searchParams.get('token')).toMatch(/^[\w-]{43}$/);
    const page = await own.get('/');
    expect(page.status).toBe(200);
    expect(page.body).toContain('<title>Platter</title>');
    own.secret = /platter-secret" content="([^"]+)"/.exec(page.body)?.[1] ?? '';
    expect(own.secret).toMatch(/^[\w-]{43}$/);
    const socket = (await own.socket()) as WebSocket;
    say(socket, { secret: own.secret });
    expect(await next(socket)).toEqual({ welcome: true });
    say(socket, { t: 'call', id: 1, name: 'case.state', input: {} });
    expect(await next(socket)).toEqual({ t: 'answer', id: 1, value: CASE });
    socket.close();
  });

  it("serves the page's own client, which comes back by itself", async () => {
    const own = await inside();
    const { WebSocket: Socket } = await import('ws');
    const open = (): WebSocketLike =>
      new Socket(`ws://127.0.0.1:${web.port}/socket`, {
        headers: { origin: own.origin, cookie: own.cookie },
      }) as unknown as WebSocketLike;
    const page = client(webSocketConnector(open, own.secret));
    expect(await page.call('case.state', {})).toEqual(CASE);
    page.close();
    const stranger = client(webSocketConnector(open, 'not the secret'));
    await expect(stranger.call('case.state', {})).rejects.toMatchObject({ code: 'forbidden' });
  });

  it('takes a token once', async () => {
    const own = visitor();
    const way = own.address.slice(own.origin.length);
    expect((await own.get(way)).status).toBe(303);
    const again = new Visitor(own.address);
    expect((await again.get(way)).status).toBe(403);
    expect(again.cookies.size).toBe(0);
  });

  it('refuses whoever has no token, or a wrong one', async () => {
    for (const way of [
      '/',
      '/?token=',
      '/?token=x',
      `/?token=${'A'.repeat(43)}`,
      '/?again',
      '/assets/index-abc.js',
      '/index.html',
    ]) {
      const own = visitor();
      const answer = await own.get(way);
      expect(answer.status).toBe(403);
      expect(answer.body).not.toContain('<main>');
      expect(answer.body).not.toContain('secret');
      expect(own.cookies.size).toBe(0);
    }
    const own = visitor();
    expect(await own.socket()).toBe(403);
    expect(host.seen).toEqual([]);
  });

  it('brings a browser that comes from a file to its cookies by one step of its own, and by no more', async () => {
    const own = visitor();
    await own.get(own.address.slice(own.origin.length));
    // strict cookies stay at home when a file or a mail leads here
    const arrives = await own.get('/', { 'cookie': '', 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' });
    expect(arrives.status).toBe(403);
    expect(arrives.body).toContain('<meta http-equiv="refresh" content="0;url=/?again">');
    expect(await own.get('/?again')).toMatchObject({ status: 303, headers: { location: '/' } });
    expect((await own.get('/')).status).toBe(200);
    expect((await new Visitor(own.address).get('/?again')).body).not.toContain('refresh');
  });

  it('gives the secret to the first page only: whoever learns a cookie learns nothing else', async () => {
    const own = await inside();
    expect(own.secret).not.toBe('');
    const thief = new Visitor(own.address);
    thief.cookies = new Map(own.cookies);
    await thief.enter();
    expect(thief.secret).toBe('');
    const socket = (await thief.socket()) as WebSocket;
    say(socket, { secret: thief.secret });
    expect(await next(socket)).toBe(4403);
    // the page that has it may load again and open another socket
    const again = (await own.socket()) as WebSocket;
    say(again, { secret: own.secret });
    expect(await next(again)).toEqual({ welcome: true });
    again.close();
  });

  it('closes a socket that does not begin with its own secret', async () => {
    const own = await inside();
    const other = await inside();
    for (const first of [
      { secret: 'x' },
      { secret: other.secret },
      { secret: 7 },
      {},
      null,
      { t: 'call', id: 1, name: 'case.state', input: {} },
    ]) {
      const socket = (await own.socket()) as WebSocket;
      say(socket, first);
      expect(await next(socket)).toBe(4403);
    }
    const text = (await own.socket()) as WebSocket;
    text.send(JSON.stringify({ secret: own.secret }));
    expect(await next(text)).toBe(4400);
    expect(host.seen).toEqual([]);
  });

  it('answers to its own name only: a foreign name that resolves to this machine is turned away', async () => {
    const own = await inside();
    for (const name of [
      'evil.example',
      `evil.example:${web.port}`,
      'localhost',
      `localhost:${web.port}`,
      '127.0.0.1',
      '127.0.0.1:1',
      `127.0.0.1.evil.example:${web.port}`,
    ]) {
      expect((await own.get('/', { host: name })).status).toBe(403);
      expect((await own.get(own.address.slice(own.origin.length), { host: name })).status).not.toBe(303);
      expect(await own.socket({ host: name })).not.toBeInstanceOf(Object);
    }
  });

  it('answers to its own page only: another origin gets nothing, whatever cookies come along', async () => {
    const own = await inside();
    for (const origin of [
      'https://evil.example',
      'null',
      `http://localhost:${web.port}`,
      'http://127.0.0.1:1',
      `https://127.0.0.1:${web.port}`,
    ]) {
      expect((await own.get('/', { origin })).status).toBe(403);
      expect((await own.get('/assets/index-abc.js', { origin })).status).toBe(403);
      expect(await own.socket({ origin })).toBe(403);
    }
    expect((await own.get('/assets/index-abc.js', { 'sec-fetch-site': 'same-site' })).status).toBe(403);
    expect((await own.get('/', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' })).status).toBe(403);
    expect((await own.get('/', { 'sec-fetch-site': 'none', 'sec-fetch-mode': 'navigate' })).status).toBe(200);
    expect((await own.get('/assets/index-abc.js', { 'sec-fetch-site': 'same-origin' })).status).toBe(200);
  });

  it('turns an upgrade without an origin away: a page always has one', async () => {
    const own = await inside();
    const { WebSocket: Socket } = await import('ws');
    const socket = new Socket(`ws://127.0.0.1:${web.port}/socket`, { headers: { cookie: own.cookie } });
    const status = await new Promise((resolve) => {
      socket.on('unexpected-response', (_, { statusCode }) => resolve(statusCode));
      socket.on('error', () => {});
    });
    expect(status).toBe(403);
    expect(await own.socket({}, '/other')).toBe(403);
  });

  it('serves the files of the page, and nothing else of the disk', async () => {
    const own = await inside();
    expect(await own.get('/assets/index-abc.js')).toMatchObject({
      status: 200,
      body: 'export {};',
      headers: { 'content-type': 'text/javascript; charset=utf-8' },
    });
    const ways = [
      '/../secret.txt',
      '/assets/../../secret.txt',
      '/%2e%2e/secret.txt',
      '/..%2fsecret.txt',
      '/assets/link.txt',
    ];
    for (const way of [
      ...ways,
      '/assets',
      '/assets/',
      '//secret.txt',
      '/%00',
      '/%',
      '/assets/index-abc.js/',
      '/INDEX.HTML',
    ])
      expect((await own.get(way)).status).toBe(404);
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'TRACE'])
      expect((await own.get('/', {}, method)).status).toBe(405);
    expect(await own.get('/', {}, 'HEAD')).toMatchObject({ status: 200, body: '' });
  });

  it('forbids every answer to be kept, framed, guessed at, or to load from elsewhere', async () => {
    const own = await inside();
    for (const way of ['/', '/assets/index-abc.js', '/nothing', '/?token=x']) {
      const { headers } = await own.get(way);
      expect(headers).toMatchObject({
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
        'referrer-policy': 'no-referrer',
        'cross-origin-opener-policy': 'same-origin',
        'cross-origin-resource-policy': 'same-origin',
      });
      const policy = String(headers['content-security-policy']);
      expect(policy).toMatch(/^default-src 'none'; script-src 'self'; /);
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).toContain("base-uri 'none'");
      expect(policy).not.toContain('unsafe');
      expect(headers['access-control-allow-origin']).toBeUndefined();
    }
  });

  it('closes a socket that sends more than a page can want, and one that talks nonsense', async () => {
    const own = await inside();
    const enter = async (): Promise<WebSocket> => {
      const socket = (await own.socket()) as WebSocket;
      say(socket, { secret: own.secret });
      await next(socket);
      return socket;
    };
    const large = await enter();
    large.on('error', () => {});
    large.send(new Uint8Array(MAX_REQUEST + 1));
    expect(await next(large)).toBe(1009);
    const nonsense = await enter();
    nonsense.send(Uint8Array.of(0, 0, 0, 200, 1));
    expect(await next(nonsense)).toBe(4400);
  });

  it('is heard on the loopback address alone', async () => {
    const elsewhere = Object.values(networkInterfaces())
      .flat()
      .find((address) => address && !address.internal && address.family === 'IPv4');
    const reach = (host: string): Promise<boolean> =>
      new Promise((resolve) => {
        const socket = connect({ host, port: web.port, timeout: 2000 });
        const end = (reached: boolean): void => {
          socket.destroy();
          resolve(reached);
        };
        socket.on('connect', () => end(true));
        socket.on('error', () => end(false));
        socket.on('timeout', () => end(false));
      });
    expect(await reach('127.0.0.1')).toBe(true);
    expect(await reach('127.0.0.2')).toBe(false);
    if (elsewhere) expect(await reach(elsewhere.address)).toBe(false);
  });

  it('says that a port is taken', async () => {
    await expect(startWebHost({ host, pages, port: web.port })).rejects.toMatchObject({
      kind: 'failure',
      message: `Port ${web.port} cannot be used: another program uses it.`,
    });
  });

  it('ends with sockets open', async () => {
    const own = await inside();
    const socket = (await own.socket()) as WebSocket;
    say(socket, { secret: own.secret });
    await next(socket);
    const closed = next(socket);
    await web.close();
    expect([1001, 1006]).toContain(await closed);
    await expect(own.get('/')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    web = await startWebHost({ host, pages, port: 0 });
  });
});
