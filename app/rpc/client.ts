import { asPlatterError, bug, cancelled, failure, PlatterError, refusal } from '../../core/errors.ts';
import type { AbortSignalLike, Client } from '../contract/contract.ts';
import { decodeFrame, encodeFrame, MAX_REQUEST } from './frame.ts';
import type { Connector, Pipe } from './pipe.ts';
import type { Reply, Request } from './protocol.ts';

/** How long a request waits for a lost connection to come back, in milliseconds. */
const PATIENCE = 15_000;
const FIRST_RETRY = 100;
const LAST_RETRY = 3_000;
/** Bytes of a frame from which on it counts as large. */
const LARGE = 128 * 1024;

type Asked = Extract<Request, { id: number }>;

interface Pending {
  message: Asked;
  sent: boolean;
  resolve(value: unknown): void;
  reject(error: PlatterError): void;
}

/**
 * A page's side of the contract. With a Connector it reconnects by itself: events are subscribed to again, a wait for a job's
 * result goes on, other requests that were under way fail with `connection-lost` (the host may have acted on them). Ask for
 * snapshots when `onConnection` says `connected` again.
 */
export function client(transport: Pipe | Connector): Client {
  const state = new Connection('connect' in transport ? transport : { connect: () => Promise.resolve(transport) });
  state.reconnects = 'connect' in transport;
  void state.connect();
  const ask = (message: Unnumbered, signal?: AbortSignalLike): Promise<unknown> => state.ask(message, signal);
  const typed: Client = {
    call: ((name: string, input: unknown, signal?: AbortSignalLike) =>
      ask({ t: 'call', name, input }, signal)) as Client['call'],
    start: ((name: string, input: unknown) => ask({ t: 'start', name, input })) as Client['start'],
    result: ((_name: string, job: string) => ask({ t: 'result', job })) as Client['result'],
    partials: ((_name: string, job: string, from: number) => ask({ t: 'partials', job, from })) as Client['partials'],
    on: ((name: string, listener: (payload: unknown) => void) => state.on(name, listener)) as Client['on'],
    onConnection: (listener) => state.onConnection(listener),
    close: () => state.end(),
  };
  return typed;
}

type Unnumbered = Asked extends infer A ? (A extends Asked ? Omit<A, 'id'> : never) : never;

class Connection {
  reconnects = false;
  readonly #connector: Connector;
  #pipe: Pipe | null = null;
  /** Why it is over for good; null while it is not. */
  #over: PlatterError | null = null;
  #nextId = 1;
  readonly #pending = new Map<number, Pending>();
  readonly #listeners = new Map<string, Set<(payload: unknown) => void>>();
  readonly #watchers = new Set<(state: 'connected' | 'lost') => void>();
  #subscribing = false;
  /** Replies behind a large one, in order. */
  #waiting: Reply[] = [];

  constructor(connector: Connector) {
    this.#connector = connector;
  }

  async connect(): Promise<void> {
    for (let wait = FIRST_RETRY; this.#over === null; wait = Math.min(wait * 2, LAST_RETRY)) {
      try {
        this.#attach(await this.#connector.connect());
        return;
      } catch (thrown) {
        const error = asPlatterError(thrown);
        if (error.kind === 'refusal') {
          this.#end(error);
          return;
        }
      }
      await new Promise<void>((resolve) => setTimeout(resolve, wait));
    }
  }

  #attach(pipe: Pipe): void {
    if (this.#over !== null) {
      pipe.close();
      return;
    }
    this.#pipe = pipe;
    pipe.onMessage((frame) => {
      try {
        this.#receive(decodeFrame(frame) as Reply, frame.length);
      } catch (thrown) {
        pipe.close(asPlatterError(thrown).message);
      }
    });
    this.#subscribe();
    for (const [id, pending] of this.#pending) if (!pending.sent) this.#send(id, pending);
    for (const watcher of this.#watchers) watcher('connected');
    pipe.onClose((reason) => {
      if (this.#pipe === pipe) this.#lost(reason);
    });
  }

  #lost(reason: string): void {
    this.#pipe = null;
    this.#waiting = [];
    const error = failure('connection-lost', `The connection to Platter was lost${reason === '' ? '' : `: ${reason}`}`);
    for (const [id, pending] of this.#pending) {
      if (pending.message.t === 'result' && this.reconnects) pending.sent = false;
      else if (pending.sent) this.#settle(id)?.reject(error);
    }
    if (this.#over !== null) return;
    for (const watcher of this.#watchers) watcher('lost');
    if (this.reconnects) void this.connect();
    else this.#end(error);
  }

  ask(body: Unnumbered, signal?: AbortSignalLike): Promise<unknown> {
    if (signal?.aborted) return Promise.reject(cancelled());
    if (this.#over !== null) return Promise.reject(this.#over);
    const id = this.#nextId;
    this.#nextId += 1;
    return new Promise<unknown>((resolve, reject) => {
      const stop = (): void => {
        const known = this.#settle(id);
        if (known?.sent) this.#post({ t: 'cancel', id });
        known?.reject(cancelled());
      };
      const timer = setTimeout(() => {
        if (!pending.sent && pending.message.t !== 'result')
          this.#settle(id)?.reject(failure('connection-lost', 'Platter could not be reached.'));
      }, PATIENCE);
      const done = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', stop);
      };
      const pending: Pending = {
        message: { ...body, id },
        sent: false,
        resolve(value) {
          done();
          resolve(value);
        },
        reject(error) {
          done();
          reject(error);
        },
      };
      signal?.addEventListener('abort', stop);
      this.#pending.set(id, pending);
      if (this.#pipe) this.#send(id, pending);
    });
  }

  #send(id: number, pending: Pending): void {
    pending.sent = true;
    try {
      this.#post(pending.message);
    } catch (thrown) {
      this.#settle(id)?.reject(asPlatterError(thrown));
    }
  }

  #post(message: Request): void {
    const frame = encodeFrame(message);
    // the host would close the pipe, and fail everything else with it
    if (frame.length > MAX_REQUEST) throw refusal('too-large', 'That is too much to send at once.');
    this.#pipe?.send(frame);
  }

  #settle(id: number): Pending | undefined {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    return pending;
  }

  /** What is large is handed on in a task of its own: to parse and to show it in one would hold the page up for longer. */
  #receive(reply: Reply, length: number): void {
    if (length < LARGE && this.#waiting.length === 0) {
      this.#take(reply);
      return;
    }
    this.#waiting.push(reply);
    if (this.#waiting.length === 1) setTimeout(() => this.#handOn(), 0);
  }

  #handOn(): void {
    const reply = this.#waiting.shift();
    if (this.#waiting.length > 0) setTimeout(() => this.#handOn(), 0);
    try {
      if (reply) this.#take(reply);
    } catch (thrown) {
      this.#pipe?.close(asPlatterError(thrown).message);
    }
  }

  #take(reply: Reply): void {
    switch (reply.t) {
      case 'answer':
        return this.#settle(reply.id)?.resolve(reply.value);
      case 'error':
        return this.#settle(reply.id)?.reject(PlatterError.fromData(reply.error));
      case 'event':
        for (const listener of [...(this.#listeners.get(reply.name) ?? [])]) listener(reply.payload);
        return;
      default:
        throw bug('a message that no client understands');
    }
  }

  on(name: string, listener: (payload: unknown) => void): () => void {
    const known = this.#listeners.get(name);
    if (known) known.add(listener);
    else {
      this.#listeners.set(name, new Set([listener]));
      this.#subscribeSoon();
    }
    return () => {
      const left = this.#listeners.get(name);
      if (!left?.delete(listener) || left.size > 0) return;
      this.#listeners.delete(name);
      this.#subscribeSoon();
    };
  }

  /** Listeners come in bunches; one message names them all. */
  #subscribeSoon(): void {
    if (this.#subscribing) return;
    this.#subscribing = true;
    queueMicrotask(() => {
      this.#subscribing = false;
      this.#subscribe();
    });
  }

  #subscribe(): void {
    if (this.#pipe && !this.#subscribing) this.#post({ t: 'subscribe', names: [...this.#listeners.keys()] });
  }

  onConnection(listener: (state: 'connected' | 'lost') => void): () => void {
    this.#watchers.add(listener);
    if (this.#pipe) listener('connected');
    return () => void this.#watchers.delete(listener);
  }

  end(): void {
    this.#end(failure('connection-lost', 'The connection to Platter is closed.'));
  }

  #end(error: PlatterError): void {
    if (this.#over !== null) return;
    this.#over = error;
    this.#pipe?.close();
    this.#pipe = null;
    for (const id of [...this.#pending.keys()]) this.#settle(id)?.reject(error);
    for (const watcher of this.#watchers) watcher('lost');
  }
}
