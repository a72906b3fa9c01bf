/** Seconds over which a rate is measured. */
const WINDOW = 5_000;

interface Sample {
  at: number;
  done: number;
}

/** How fast work goes and how long it still takes. */
export class Pace {
  #phase = '';
  #samples: Sample[] = [];

  /** Units a second over the last seconds, and seconds left; null while not known. `now` in milliseconds. */
  of(
    phase: string,
    done: number,
    total: number | null,
    now: number,
  ): { rate: number | null; secondsLeft: number | null } {
    if (phase !== this.#phase) {
      this.#phase = phase;
      this.#samples = [];
    }
    const last = this.#samples[this.#samples.length - 1];
    // one sample each 100 ms is plenty, however often progress is told
    if (!last || now - last.at >= 100) this.#samples.push({ at: now, done });
    while (this.#samples.length > 2 && now - (this.#samples[0]?.at ?? now) > WINDOW) this.#samples.shift();
    const first = this.#samples[0];
    if (!first || now - first.at < 500 || done <= first.done) return { rate: null, secondsLeft: null };
    const rate = ((done - first.done) * 1000) / (now - first.at);
    return { rate, secondsLeft: total === null ? null : Math.max(0, (total - done) / rate) };
  }
}
