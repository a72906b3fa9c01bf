import { identifyFileSystem } from '../formats/filesystems/identify.ts';
import { GPT_SIGNATURE, gptHeader } from '../formats/gpt/layout.ts';
import type { ByteSource, Signal } from '../io/source.ts';
import { isGood, readGptCopy } from './gpt.ts';

const SECTOR = 512;
const MIB = 1024 * 1024;
/** Headers that name their own place and are looked into: real disks have one or two. */
const MAX_TRIES = 32;
const MAX_VOLUMES = 64;
/** Bytes that are no holes and are looked through, from the end on. */
const MAX_HELD = 64 * MIB;

/** A whole copy of a GPT where nothing led to. */
export interface StrayGpt {
  lba: number;
  sectorSize: number;
}

/**
 * Looks for a backup that the start of the disk does not tell of: on a disk that has grown it stands somewhere. Looked through
 * are the last MiB, what follows file systems that begin where partitions usually do and one another, and, where holes are
 * known, the last of what is no hole. Only a copy that names its own place and whose checksums hold counts, and none that lies
 * within one of these file systems: it is older than that.
 * @throws failure where these cannot be read; cancelled.
 */
export async function findStrayGpt(
  source: ByteSource,
  sizes: readonly number[],
  signal?: Signal,
): Promise<StrayGpt | null> {
  const search = new Search(source, sizes, signal);
  await search.followVolumes();
  return (await search.window(source.size - MIB)) ?? (await search.behindVolumes()) ?? (await search.held());
}

/** The last whole copy of a GPT among places in bytes; null when there is none. */
export async function strayGptAmong(
  source: ByteSource,
  places: readonly number[],
  signal?: Signal,
): Promise<StrayGpt | null> {
  const search = new Search(source, [512, 4096], signal);
  for (const at of [...places].sort((a, b) => b - a)) {
    const found = await search.at(await source.read(at, gptHeader.length, signal), at);
    if (found) return found;
  }
  return null;
}

class Search {
  readonly #source: ByteSource;
  readonly #sizes: readonly number[];
  readonly #signal: Signal | undefined;
  readonly #volumes: { start: number; end: number }[] = [];
  #tries = 0;

  constructor(source: ByteSource, sizes: readonly number[], signal: Signal | undefined) {
    this.#source = source;
    this.#sizes = sizes;
    this.#signal = signal;
  }

  /** Whether bytes of the disk begin with a header that holds. */
  async at(bytes: Uint8Array, at: number): Promise<StrayGpt | null> {
    if (!isMarked(bytes, 0) || bytes.length < gptHeader.length) return null;
    if (this.#volumes.some(({ start, end }) => start <= at && at < end)) return null;
    const { myLba } = gptHeader.parse(bytes);
    for (const sectorSize of this.#sizes) {
      if (myLba * BigInt(sectorSize) !== BigInt(at) || myLba < 2n || this.#tries >= MAX_TRIES) continue;
      this.#tries += 1;
      const lba = at / sectorSize;
      if (isGood(await readGptCopy(this.#source, lba, sectorSize, this.#signal))) return { lba, sectorSize };
    }
    return null;
  }

  /** The last one in a MiB of the disk. */
  async window(from: number, length = MIB): Promise<StrayGpt | null> {
    const start = Math.max(0, Math.floor(from / SECTOR) * SECTOR);
    const bytes = await this.#source.read(start, Math.min(length, this.#source.size - start), this.#signal);
    for (let at = Math.floor((bytes.length - 1) / SECTOR) * SECTOR; at >= 0; at -= SECTOR) {
      const found = isMarked(bytes, at) ? await this.at(bytes.subarray(at, at + SECTOR), start + at) : null;
      if (found) return found;
    }
    return null;
  }

  /** File systems where partitions usually begin, and behind one another. */
  async followVolumes(): Promise<void> {
    const { size } = this.#source;
    const starts = [63 * SECTOR, 128 * SECTOR, MIB];
    const seen = new Set<number>();
    for (let at = starts.shift(); at !== undefined && seen.size < MAX_VOLUMES; at = starts.shift()) {
      if (seen.has(at) || at >= size) continue;
      seen.add(at);
      const found = await identifyFileSystem(this.#source, { at, length: size - at }, this.#signal);
      if (!found?.size) continue;
      const end = at + found.size;
      this.#volumes.push({ start: at, end });
      starts.push(Math.ceil(end / SECTOR) * SECTOR, Math.ceil((end + 1) / MIB) * MIB);
    }
  }

  /** Behind the last partition a GPT has its backup, as a rule within the next MiB. */
  async behindVolumes(): Promise<StrayGpt | null> {
    for (const { end } of this.#volumes.toReversed()) {
      const found = end < this.#source.size ? await this.window(end) : null;
      if (found) return found;
    }
    return null;
  }

  async held(): Promise<StrayGpt | null> {
    const held = (await this.#source.held?.()) ?? [];
    let left = MAX_HELD;
    for (const { offset, length } of held.toReversed()) {
      for (let end = offset + length; end > offset; end -= MIB) {
        const from = Math.max(offset, end - MIB);
        left -= end - from;
        if (left < 0) return null;
        const found = await this.window(from, end - from);
        if (found) return found;
      }
    }
    return null;
  }
}

function isMarked(bytes: Uint8Array, at: number): boolean {
  for (let index = 0; index < GPT_SIGNATURE.length; index += 1)
    if (bytes[at + index] !== GPT_SIGNATURE.charCodeAt(index)) return false;
  return true;
}
