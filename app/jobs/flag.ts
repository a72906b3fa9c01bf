import type { Signal } from '../../core/io/source.ts';

const ABORT = 0;
/** Odd while the worker is inside a step that cannot look at the flag: a regular expression. */
const GUARDED = 1;
const WORDS = 2;

/** Memory a job shares with its workers: how to stop one that is in the middle of something. */
export class Flag implements Signal {
  readonly buffer: SharedArrayBuffer;
  readonly #words: Int32Array;

  constructor(buffer: SharedArrayBuffer = new SharedArrayBuffer(WORDS * 4)) {
    this.buffer = buffer;
    this.#words = new Int32Array(buffer);
  }

  get aborted(): boolean {
    return Atomics.load(this.#words, ABORT) !== 0;
  }

  abort(): void {
    Atomics.store(this.#words, ABORT, 1);
  }

  /** Runs a step that may never come back: whoever watches `guarded` can tell, and end the thread. */
  guard<T>(step: () => T): T {
    Atomics.add(this.#words, GUARDED, 1);
    try {
      return step();
    } finally {
      Atomics.add(this.#words, GUARDED, 1);
    }
  }

  /** A number that is odd inside a guarded step and differs for each. */
  get guarded(): number {
    return Atomics.load(this.#words, GUARDED);
  }
}
