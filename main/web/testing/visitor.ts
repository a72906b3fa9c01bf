import { request } from 'node:http';
import { WebSocket } from 'ws';
import { decodeFrame, encodeFrame } from '../../../app/rpc/frame.ts';

export interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: string;
}

type Headers = Record<string, string>;

/** A program that speaks HTTP to the host: a browser when it does as told, anything else when not. */
export class Visitor {
  readonly port: number;
  readonly address: string;
  cookies = new Map<string, string>();
  secret = '';

  constructor(address: string) {
    this.address = address;
    this.port = Number(new URL(address).port);
  }

  get origin(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get cookie(): string {
    return [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  }

  get(path: string, headers: Headers = {}, method = 'GET'): Promise<Answer> {
    const own: Headers = { host: `127.0.0.1:${this.port}` };
    if (this.cookies.size > 0) own['cookie'] = this.cookie;
    return new Promise((resolve, reject) => {
      const options = {
        host: '127.0.0.1',
        port: this.port,
        path,
        method,
        headers: { ...own, ...headers },
        agent: false,
      };
      request(options, (response) => {
        let body = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => (body += chunk));
        response.on('end', () => {
          for (const line of response.headers['set-cookie'] ?? []) this.#keep(line);
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body });
        });
      })
        .on('error', reject)
        .end();
    });
  }

  #keep(line: string): void {
    const [name = '', value = ''] = (line.split(';')[0] ?? '').split('=');
    this.cookies.set(name, value);
  }

  /** Goes the way of a browser: token, cookies, page, secret. */
  async enter(): Promise<void> {
    const { pathname, search } = new URL(this.address);
    await this.get(pathname + search);
    const page = await this.get('/');
    this.secret = /<meta name="platter-secret" content="([^"]*)">/.exec(page.body)?.[1] ?? '';
  }

  /** Opens a socket; answers it, or why it was turned away. */
  socket(headers: Headers = {}, path = '/socket'): Promise<WebSocket | number> {
    const own = { origin: this.origin, cookie: this.cookie };
    const socket = new WebSocket(`ws://127.0.0.1:${this.port}${path}`, { headers: { ...own, ...headers } });
    return new Promise((resolve, reject) => {
      socket.once('open', () => resolve(socket));
      socket.once('unexpected-response', (_, { statusCode }) => {
        socket.on('error', () => {});
        socket.terminate();
        resolve(statusCode ?? 0);
      });
      socket.once('error', reject);
    });
  }
}

/** The next frame, or the code the socket was closed with. */
export function next(socket: WebSocket): Promise<unknown> {
  return new Promise((resolve) => {
    socket.once('message', (data: Buffer) => resolve(decodeFrame(new Uint8Array(data))));
    socket.once('close', (code) => resolve(code));
  });
}

export function say(socket: WebSocket, message: unknown): void {
  socket.send(encodeFrame(message));
}
