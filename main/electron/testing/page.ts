import { EventEmitter } from 'node:events';
import vm from 'node:vm';
import type { MessagePort } from 'node:worker_threads';
import type { StandInPort } from './ports.ts';

/** What a preload sends to the main process, with the page it came from. */
export type Send = (page: StandInPage, channel: string) => void;

/**
 * One load of a document in a frame, seen from both sides: to the main process a WebFrameMain, to the preload the page's
 * `window` and the renderer's half of the `electron` module.
 */
export class StandInPage {
  origin: string;
  readonly url: string;
  readonly parent: StandInPage | null;
  /** What the preload gave the page. */
  readonly exposed: Record<string, unknown> = {};
  /** Ports that reached the page's own world, with the message they came with. */
  readonly ports: { message: unknown; origin: string; port: MessagePort }[] = [];
  readonly #ipc = new EventEmitter();
  readonly #dom = new EventEmitter();
  readonly #send: Send;
  #gone = false;

  constructor(url: string, send: Send, parent: StandInPage | null = null) {
    this.url = url;
    this.origin = URL.canParse(url) ? new URL(url).href.split('/').slice(0, 3).join('/') : 'null';
    this.#send = send;
    this.parent = parent;
  }

  isDestroyed(): boolean {
    return this.#gone;
  }

  /** Main process to this frame. */
  postMessage(channel: string, message: unknown, transfer: StandInPort[] = []): void {
    if (this.#gone) throw new Error('Render frame was disposed before WebFrameMain could be accessed');
    const ports = transfer.map(({ port }) => port);
    setImmediate(() => this.#ipc.emit(channel, { ports }, message));
  }

  /** Sends as a preload would; also what a compromised page is assumed to be able to do. */
  send(channel: string): void {
    setImmediate(() => this.#send(this, channel));
  }

  /** Runs a built preload (a CommonJS file that may require nothing but `electron`), then the page's scripts. */
  run(preload: string, filePaths: WeakMap<object, string>): void {
    const electron = {
      contextBridge: {
        exposeInMainWorld: (name: string, api: unknown) => {
          this.exposed[name] = api;
        },
      },
      ipcRenderer: {
        once: (channel: string, listener: (...args: unknown[]) => void) => this.#ipc.once(channel, listener),
        on: (channel: string, listener: (...args: unknown[]) => void) => this.#ipc.on(channel, listener),
        send: (channel: string) => this.send(channel),
      },
      webUtils: {
        getPathForFile: (file: unknown) => {
          if (!(file instanceof File)) throw new TypeError('An object that is no File was passed');
          return filePaths.get(file) ?? '';
        },
      },
    };
    const require = (id: string) => {
      if (id !== 'electron') throw new Error(`module not found: ${id}`); // as a sandboxed preload is told
      return electron;
    };
    const window = {
      location: { origin: this.origin },
      addEventListener: (type: string, listener: () => void) => this.#dom.once(type, listener),
      postMessage: (message: unknown, origin: string, transfer: readonly MessagePort[]) => {
        for (const port of transfer) this.ports.push({ message, origin, port });
        this.#dom.emit('port');
      },
    };
    const exports = {};
    vm.compileFunction(preload, ['require', 'module', 'exports', 'window'])(require, { exports }, exports, window);
    setImmediate(() => this.#dom.emit('DOMContentLoaded'));
  }

  /** The first port that reached the page; waits for it. */
  async port(): Promise<MessagePort> {
    if (this.ports.length === 0) await new Promise<void>((resolve) => this.#dom.once('port', resolve));
    return this.ports[0]!.port;
  }

  /** What happens to a document that is navigated away from, reloaded or killed. */
  unload(): void {
    this.#gone = true;
    for (const { port } of this.ports) port.close();
  }
}
