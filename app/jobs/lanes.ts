import { cancelled } from '../../core/errors.ts';
import type { Signal } from '../../core/io/source.ts';

interface Waiting {
  lane: string | null;
  signal: Signal;
  go: () => void;
  stop: () => void;
}

/** A queue with exclusive lanes: work of one lane runs one after another, work without a lane beside everything. */
export class Lanes {
  readonly #limit: number;
  #running = 0;
  readonly #busy = new Set<string>();
  #waiting: Waiting[] = [];

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** @throws cancelled when `signal` is raised before the work begins. */
  async run<T>(lane: string | null, signal: Signal, work: () => Promise<T>): Promise<T> {
    await new Promise<void>((resolve, reject) => {
      this.#waiting.push({ lane, signal, go: resolve, stop: () => reject(cancelled()) });
      this.wake();
    });
    try {
      return await work();
    } finally {
      this.#running -= 1;
      if (lane !== null) this.#busy.delete(lane);
      this.wake();
    }
  }

  /** Lets go what may go; called when something changed, a raised signal included. */
  wake(): void {
    this.#waiting = this.#waiting.filter(({ lane, signal, go, stop }) => {
      if (signal.aborted) {
        stop();
        return false;
      }
      if (this.#running >= this.#limit || (lane !== null && this.#busy.has(lane))) return true;
      this.#running += 1;
      if (lane !== null) this.#busy.add(lane);
      go();
      return false;
    });
  }
}
