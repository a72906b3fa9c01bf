import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { decodeFrame, encodeFrame, MAX_REQUEST } from '../../app/rpc/frame.ts';
import { type Host, serve } from '../../app/rpc/serve.ts';
import { CLOSE_FORBIDDEN, type WebSocketLike, webSocketPipe } from '../../app/rpc/web-socket.ts';
import { failure } from '../../core/errors.ts';
import { Gate } from './gate.ts';
import { newNonce, Pages, plainPage, securityHeaders } from './pages.ts';

export interface WebHostOptions {
  host: Host;
  /** The built page. */
  pages: string;
  /** 0 for any free one. */
  port: number;
}

export interface WebHost {
  port: number;
  /** A new address that lets one browser in, once. */
  newAddress(): string;
  close(): Promise<void>;
}

/** Milliseconds a socket has to show its page's secret. */
const HELLO_WITHIN = 5_000;
const MAX_SOCKETS = 64;
const SOCKET_PATH = '/socket';

/** Serves the screens to browsers of this machine, and to nobody else. */
export async function startWebHost({ host, pages: folder, port }: WebHostOptions): Promise<WebHost> {
  const pages = await Pages.of(folder);
  const server = createServer();
  server.maxConnections = 256;
  await listen(server, port);
  const gate = new Gate((server.address() as AddressInfo).port);
  const sockets = new WebSocketServer({ noServer: true, maxPayload: MAX_REQUEST, perMessageDeflate: false });

  server.on('request', (request, response) => {
    answer(gate, pages, request, response).catch((thrown: unknown) => {
      // the browser went away, or a file of ours did
      if (!response.headersSent) say(gate, response, 500, 'Platter could not read a file of its own.');
      else response.destroy(thrown instanceof Error ? thrown : undefined);
    });
  });
  server.on('upgrade', (request, socket, head) => {
    const refused =
      gate.refuses(request, true) ??
      (request.url === SOCKET_PATH ? null : 'There is no such socket.') ??
      (gate.isKnown(request) ? null : 'The browser was not let in.') ??
      (sockets.clients.size < MAX_SOCKETS ? null : 'Too many pages are open.');
    if (refused !== null) turnAway(socket, refused);
    else sockets.handleUpgrade(request, socket, head, (webSocket) => greet(gate, request, webSocket, host));
  });

  return {
    port: (server.address() as AddressInfo).port,
    newAddress: () => gate.newAddress(),
    async close() {
      for (const socket of sockets.clients) socket.close(1001, 'Platter was closed.');
      sockets.close();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
        for (const socket of sockets.clients) socket.terminate();
      });
    },
  };
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (thrown: NodeJS.ErrnoException) => {
      const why = thrown.code === 'EADDRINUSE' ? 'another program uses it' : thrown.message;
      reject(
        failure('connection-lost', `Port ${port} cannot be used: ${why}.`, { os: thrown.code ?? 'unknown' }, thrown),
      );
    });
    server.listen({ host: '127.0.0.1', port, exclusive: true }, () => {
      server.removeAllListeners('error');
      resolve();
    });
  });
}

/** The first frame shows the secret, or the socket is closed. */
function greet(gate: Gate, request: IncomingMessage, socket: WebSocket, host: Host): void {
  const pipe = webSocketPipe(socket as unknown as WebSocketLike);
  const refuse = (): void => socket.close(CLOSE_FORBIDDEN, 'This page is not known. Open the address Platter printed.');
  const timer = setTimeout(refuse, HELLO_WITHIN);
  pipe.onClose(() => clearTimeout(timer));
  pipe.onMessage((frame) => {
    clearTimeout(timer);
    let hello: unknown;
    try {
      hello = decodeFrame(frame);
    } catch {
      // no frame at all: refused below
    }
    const secret = typeof hello === 'object' && hello !== null && 'secret' in hello ? hello.secret : null;
    if (!gate.opens(request, secret)) {
      pipe.onMessage(() => {});
      refuse();
      return;
    }
    pipe.send(encodeFrame({ welcome: true }));
    serve(pipe, host);
  });
}

async function answer(gate: Gate, pages: Pages, request: IncomingMessage, response: ServerResponse): Promise<void> {
  request.resume();
  const refused = gate.refuses(request, false);
  if (refused !== null) {
    say(gate, response, 403, refused);
    return;
  }
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    say(gate, response, 405, 'Only GET is answered.');
    return;
  }
  // not as a URL: a path that begins with two slashes would be a host
  const [pathname = '', query = ''] = (request.url ?? '').split('?', 2);
  if (pathname === '/') return answerIndex(gate, pages, new URLSearchParams(query), request, response);
  if (!gate.isKnown(request)) {
    say(gate, response, 403, NOT_LET_IN);
    return;
  }
  const page = await pages.get(decodePath(pathname));
  if (!page) {
    say(gate, response, 404, 'There is nothing here.');
    return;
  }
  response.writeHead(200, { ...securityHeaders(gate.origin, newNonce()), 'Content-Type': page.type });
  response.end(request.method === 'HEAD' ? undefined : page.body);
}

const NOT_LET_IN = 'This browser was not let in. Open the address that Platter printed; it works once.';

async function answerIndex(
  gate: Gate,
  pages: Pages,
  query: URLSearchParams,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const token = query.get('token');
  if (token !== null) {
    const cookies = gate.redeem(token);
    if (cookies === null) {
      say(gate, response, 403, NOT_LET_IN);
      return;
    }
    response.writeHead(303, { ...securityHeaders(gate.origin, newNonce()), 'Location': '/', 'Set-Cookie': cookies });
    response.end();
    return;
  }
  const again = query.has('again');
  if (!gate.isKnown(request)) {
    // A browser that came from a file or another program keeps strict cookies back, redirects included. A step made by a page
    // of our own brings them along; once.
    const head = again ? '' : '<meta http-equiv="refresh" content="0;url=/?again">';
    say(gate, response, 403, NOT_LET_IN, head);
    return;
  }
  if (again) {
    response.writeHead(303, { ...securityHeaders(gate.origin, newNonce()), 'Location': '/' });
    response.end();
    return;
  }
  const nonce = newNonce();
  const secret = request.method === 'GET' ? (gate.takeSecret(request) ?? '') : '';
  const page = await pages.index(secret, nonce);
  response.writeHead(200, { ...securityHeaders(gate.origin, nonce), 'Content-Type': page.type });
  response.end(request.method === 'HEAD' ? undefined : page.body);
}

function decodePath(pathname: string): string {
  try {
    return decodeURIComponent(pathname.slice(1));
  } catch {
    return '';
  }
}

function say(gate: Gate, response: ServerResponse, status: number, text: string, head = ''): void {
  const headers = { ...securityHeaders(gate.origin, newNonce()), 'Content-Type': 'text/html; charset=utf-8' };
  response.writeHead(status, headers);
  response.end(plainPage(text, head));
}

function turnAway(socket: Duplex, text: string): void {
  socket.on('error', () => {});
  socket.end(`HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Type: text/plain\r\n\r\n${text}\n`);
}
