import { refusal } from '../errors.ts';
import { readInto } from '../io/bulk.ts';
import { type ByteSource, clampLength, type Signal, throwIfAborted } from '../io/source.ts';
import type { Layer } from './layer.ts';

/** Who answers for a stretch of the guest's disk. */
export interface GuestRun {
  /** Guest offset in bytes. */
  at: number;
  length: number;
  /**
   * `data`: image `owner` holds it at `fileOffset`. `zero`: nobody holds it, it reads as zeros. `hole`: it would be in a
   * parent that is missing. `lost`: image `owner` should hold it, but the bytes are not in its file.
   */
  state: 'data' | 'zero' | 'hole' | 'lost';
  /** Index in the chain, leaf first; null when nobody holds it. */
  owner: number | null;
  fileOffset: number | null;
}

/** The guest's view of a chain: a disk of bytes with, for each, the file that holds it. */
export class GuestDisk implements ByteSource {
  /** The leaf's size. */
  readonly size: number;
  /** Leaf first. */
  readonly layers: readonly Layer[];
  /** The last layer's parent could not be found or was not accepted. */
  readonly incomplete: boolean;

  constructor(layers: readonly Layer[], incomplete: boolean) {
    const leaf = layers[0];
    if (!leaf) throw refusal('not-a-disk', 'A chain needs at least one image.');
    this.size = leaf.size;
    this.layers = layers;
    this.incomplete = incomplete;
  }

  /** Runs that cover the range, in order. */
  async map(at: number, length: number, signal?: Signal): Promise<GuestRun[]> {
    const out: GuestRun[] = [];
    await this.#map(out, 0, at, clampLength(at, length, this.size), signal);
    return out;
  }

  async #map(out: GuestRun[], index: number, at: number, length: number, signal?: Signal): Promise<void> {
    if (length <= 0) return;
    throwIfAborted(signal);
    const layer = this.layers[index];
    if (!layer) {
      push(out, { at, length, state: this.incomplete ? 'hole' : 'zero', owner: null, fileOffset: null });
      return;
    }
    const inside = clampLength(at, length, layer.size);
    for (const run of inside > 0 ? await layer.runs(at, inside, signal) : []) {
      if (run.state === 'none') await this.#map(out, index + 1, run.at, run.length, signal);
      else push(out, { ...run, state: run.state === 'own' ? 'data' : 'lost', owner: index });
    }
    // a parent may be shorter than its child: what lies past its end is nobody's
    if (inside < length)
      push(out, { at: at + inside, length: length - inside, state: 'zero', owner: null, fileOffset: null });
  }

  /** Where the stretch ends that starts at `at` and gets one answer by the tables alone; `at` where bitmaps have to be read. */
  uniformUntil(at: number): number {
    let until = this.size;
    for (const layer of this.layers) {
      if (at >= layer.size) break;
      const plain = layer.uniform(at);
      if (!plain) return at;
      until = Math.min(until, plain.until, layer.size);
      if (plain.state !== 'none') break;
    }
    return until;
  }

  /**
   * Bytes and who holds them. Holes and lost runs are zero in `bytes`; only `runs` tells them from data, so callers that
   * pass bytes on must look.
   */
  async readWithRuns(at: number, length: number, signal?: Signal): Promise<{ bytes: Uint8Array; runs: GuestRun[] }> {
    const runs = await this.map(at, length, signal);
    return { bytes: await this.readRuns(runs, signal), runs };
  }

  /**
   * Bytes of neighbouring runs that {@link map} answered, from the first one's start to the last one's end. Runs that lie
   * close together in a file are read at once: in a fragmented chain that is hundreds of sectors a read.
   */
  async readRuns(runs: readonly GuestRun[], signal?: Signal): Promise<Uint8Array> {
    const first = runs[0];
    const last = runs[runs.length - 1];
    if (!first || !last) return new Uint8Array();
    const bytes = new Uint8Array(last.at + last.length - first.at);
    await this.#fill(runs, bytes, signal);
    return bytes;
  }

  /** As {@link readRuns}, into memory of the caller; what is no data is zero there. */
  async readRunsInto(runs: readonly GuestRun[], into: Uint8Array, signal?: Signal): Promise<void> {
    const [first] = runs;
    if (!first) return;
    for (const run of runs) if (run.state !== 'data') into.fill(0, run.at - first.at, run.at - first.at + run.length);
    await this.#fill(runs, into, signal);
  }

  async #fill(runs: readonly GuestRun[], bytes: Uint8Array, signal?: Signal): Promise<void> {
    const start = runs[0]?.at ?? 0;
    for (const fetch of planFetches(runs)) {
      const layer = this.layers[fetch.owner];
      if (!layer) continue;
      const piece = (run: DataRun, from: Uint8Array, at: number): void => {
        const skip = run.fileOffset - at;
        bytes.set(from.subarray(skip, skip + run.length), run.at - start);
      };
      try {
        const [only] = fetch.runs;
        if (only && fetch.runs.length === 1) {
          const place = bytes.subarray(only.at - start, only.at - start + only.length);
          await readInto(layer.source, only.fileOffset, place, signal);
          continue;
        }
        const all = await layer.source.read(fetch.from, fetch.to - fetch.from, signal);
        for (const run of fetch.runs) piece(run, all, fetch.from);
      } catch (thrown) {
        if (fetch.runs.length === 1) throw thrown;
        // what lies between the runs may be unreadable; it is not ours to fail for
        for (const run of fetch.runs)
          piece(run, await layer.source.read(run.fileOffset, run.length, signal), run.fileOffset);
      }
    }
  }

  /** As ByteSource. @throws refusal when a part of the range is a hole or lost: it is never made up. */
  async read(at: number, length: number, signal?: Signal): Promise<Uint8Array> {
    const { bytes, runs } = await this.readWithRuns(at, length, signal);
    for (const run of runs) this.assertReadable(run);
    return bytes;
  }

  /** @throws refusal `parent-missing` | `data-damaged` for a run whose bytes are not to be had. */
  assertReadable(run: GuestRun): void {
    if (run.state === 'hole') {
      throw refusal(
        'parent-missing',
        `${run.length} bytes at guest offset ${run.at} are in a parent that is missing.`,
        { offset: run.at },
      );
    }
    if (run.state === 'lost') {
      const path = this.layers[run.owner ?? 0]?.path ?? '';
      throw refusal(
        'data-damaged',
        `${run.length} bytes at guest offset ${run.at} should be in ${path}, but are not in the file.`,
        {
          path,
          ...(run.fileOffset === null ? {} : { offset: run.fileOffset }),
          hint: 'platter check lists every range that is lost.',
        },
      );
    }
  }
}

interface DataRun {
  at: number;
  length: number;
  fileOffset: number;
}

/** One read of a file that serves several runs. */
interface Fetch {
  owner: number;
  from: number;
  to: number;
  runs: DataRun[];
}

/** Bytes between two runs that are read and thrown away rather than read around. */
const GAP = 64 * 1024;
/** Bytes read at once for several runs. */
const SPAN = 4 * 1024 * 1024;

function planFetches(runs: readonly GuestRun[]): Fetch[] {
  const fetches: Fetch[] = [];
  const open = new Map<number, Fetch>();
  for (const { state, owner, fileOffset, at, length } of runs) {
    if (state !== 'data' || owner === null || fileOffset === null) continue;
    const run = { at, length, fileOffset };
    const end = fileOffset + length;
    const last = open.get(owner);
    if (last && fileOffset >= last.to && fileOffset - last.to <= GAP && end - last.from <= SPAN) {
      last.to = end;
      last.runs.push(run);
    } else {
      const fetch = { owner, from: fileOffset, to: end, runs: [run] };
      open.set(owner, fetch);
      fetches.push(fetch);
    }
  }
  return fetches;
}

function push(out: GuestRun[], run: GuestRun): void {
  const last = out[out.length - 1];
  if (
    last &&
    last.state === run.state &&
    last.owner === run.owner &&
    last.at + last.length === run.at &&
    (run.fileOffset === null
      ? last.fileOffset === null
      : last.fileOffset !== null && last.fileOffset + last.length === run.fileOffset)
  ) {
    last.length += run.length;
  } else {
    out.push({ ...run });
  }
}
