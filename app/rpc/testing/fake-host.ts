import { bug, type PlatterError, refusal } from '../../../core/errors.ts';
import type { Signal } from '../../../core/io/source.ts';
import type { Handlers } from '../../contract/contract.ts';
import type { CaseState } from '../../contract/types.ts';
import type { EventListener, Host, HostJobs } from '../serve.ts';

export const CASE: CaseState = { rev: 7, name: 'sr', roots: [], images: 3, errors: 1, warnings: 0, scanning: null };

/** A host whose answers a test decides. */
export class FakeHost implements Host {
  readonly logged: PlatterError[] = [];
  readonly seen: { name: string; input: unknown }[] = [];
  /** Raised when the client gave up on the call that hangs. */
  hanging: Signal | null = null;
  /** Ends the job that waits. */
  endJob: (result: unknown) => void = () => {};
  readonly #listeners = new Set<EventListener>();
  readonly #end = new Promise((resolve) => {
    this.endJob = resolve;
  });

  readonly handlers: Handlers = new Proxy({} as Handlers, {
    get: (_, name: string) => (input: unknown, signal: Signal) => this.#answer(name, input, signal),
  });

  #answer(name: string, input: unknown, signal: Signal): unknown {
    this.seen.push({ name, input });
    switch (name) {
      case 'case.state':
        return CASE;
      case 'bytes.read':
        return { at: 5, size: 9, bytes: Uint8Array.of(1, 2, 3), runs: [] };
      case 'jobs.list':
        return { jobs: 'x'.repeat(1024 * 1024) };
      case 'chains.snapshot':
        throw refusal('outside-served-folders', 'Not here.', { path: '/etc/shadow', offset: 3, hint: 'Elsewhere.' });
      case 'evidence.reload':
        throw bug('the third invariant');
      case 'image.detail':
        this.hanging = signal;
        return new Promise(() => {});
      case 'host.info':
        return { big: 1n };
      default:
        return {};
    }
  }

  readonly jobs: HostJobs = {
    start: (name, input) => {
      this.seen.push({ name, input });
      return 'job-1';
    },
    result: (job) => {
      if (job !== 'job-1') return Promise.reject(refusal('not-found', 'There is no such job any more.'));
      return this.#end;
    },
    partials: (_, from) => [{ at: from, length: 1, context: Uint8Array.of(9), contextAt: 0 }],
  };

  get listeners(): number {
    return this.#listeners.size;
  }

  onEvent(listener: EventListener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  emit: EventListener = (name, payload) => {
    for (const listener of this.#listeners) listener(name, payload);
  };

  log(error: PlatterError): void {
    this.logged.push(error);
  }
}
