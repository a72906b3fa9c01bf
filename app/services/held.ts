/** Something that is opened, used and closed. */
export interface Closable {
  close(): Promise<void>;
}

interface Entry<T> {
  opening: Promise<T>;
  value: T | null;
  weight: number;
  users: number;
  lastUsed: number;
  /** Not to be handed out again; closed when the last user is done. */
  dropped: boolean;
}

export interface HeldLimits {
  /** Things held at a time, and the sum of their weights; what is in use is never closed for it. */
  count: number;
  weight: number;
  /** Milliseconds after which an unused thing is closed. */
  idle: number;
}

/** Keeps a few opened things for the next request: the least recently used go first, and idle ones by themselves. */
export class Held<T extends Closable> {
  readonly #entries = new Map<string, Entry<T>>();
  readonly #limits: HeldLimits;
  readonly #weigh: (value: T) => number;
  #timer: NodeJS.Timeout | null = null;

  constructor(limits: HeldLimits, weigh: (value: T) => number = () => 0) {
    this.#limits = limits;
    this.#weigh = weigh;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Runs `work` with the thing of that key, which stays open meanwhile. */
  async use<R>(key: string, open: () => Promise<T>, work: (value: T) => Promise<R>): Promise<R> {
    let entry = this.#entries.get(key);
    if (!entry) {
      entry = { opening: open(), value: null, weight: 0, users: 0, lastUsed: 0, dropped: false };
      this.#entries.set(key, entry);
    }
    entry.users += 1;
    try {
      const value = await entry.opening;
      if (entry.value === null) {
        entry.value = value;
        entry.weight = this.#weigh(value);
      }
      return await work(value);
    } catch (thrown) {
      if (entry.value === null && this.#entries.get(key) === entry) this.#entries.delete(key);
      throw thrown;
    } finally {
      entry.users -= 1;
      entry.lastUsed = Date.now();
      if (entry.dropped) await this.#closeUnused(entry);
      this.#trim();
    }
  }

  /** Closes everything (of that key); what is in use, when it no longer is. */
  async drop(key?: string): Promise<void> {
    const closing: Promise<void>[] = [];
    for (const [name, entry] of [...this.#entries]) {
      if (key !== undefined && name !== key) continue;
      this.#entries.delete(name);
      entry.dropped = true;
      closing.push(this.#closeUnused(entry));
    }
    await Promise.all(closing);
  }

  #closeUnused(entry: Entry<T>): Promise<void> {
    if (entry.users > 0 || entry.value === null) return Promise.resolve();
    const { value } = entry;
    entry.value = null;
    return value.close();
  }

  #trim(): void {
    const entries = [...this.#entries].sort((a, b) => a[1].lastUsed - b[1].lastUsed);
    let count = entries.length;
    let weight = entries.reduce((sum, [, entry]) => sum + entry.weight, 0);
    const now = Date.now();
    for (const [key, entry] of entries) {
      if (entry.users > 0) continue;
      // the last one stays, however heavy: it is what the page looks at
      const over = count > 1 && (count > this.#limits.count || weight > this.#limits.weight);
      if (!over && now - entry.lastUsed < this.#limits.idle) continue;
      count -= 1;
      weight -= entry.weight;
      void this.drop(key);
    }
    if (this.#timer !== null || this.#entries.size === 0) return;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#trim();
    }, this.#limits.idle);
    this.#timer.unref();
  }
}
