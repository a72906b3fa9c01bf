import { refusal } from '../errors.ts';
import { bitmapRuns } from '../formats/vhd/bitmap.ts';
import { type Claim, surveyImage } from '../formats/vhd/checks/survey.ts';
import { SECTOR, UNALLOCATED } from '../formats/vhd/constants.ts';
import type { VhdImage } from '../formats/vhd/read.ts';
import type { Image } from '../image.ts';
import type { ByteSource, Signal } from '../io/source.ts';

/** What one image of a chain says of a stretch of the guest's disk. */
export interface LayerRun {
  at: number;
  length: number;
  /**
   * `own`: the image holds it, at `fileOffset`. `none`: it does not; the parent is asked. `lost`: it should hold it, but
   * the bytes are not in the file.
   */
  state: 'own' | 'none' | 'lost';
  fileOffset: number | null;
}

/** One image of a chain, asked for guest ranges. */
export interface Layer {
  readonly path: string;
  readonly source: ByteSource;
  /** Guest bytes this image covers. */
  readonly size: number;
  /** Runs that cover [at, at + length) in order, neighbours of one kind merged; the range must lie within `size`. */
  runs(at: number, length: number, signal?: Signal): Promise<LayerRun[]>;
  /** The stretch from `at` on that gets one answer by the table alone; null where a bitmap has to be read. */
  uniform(at: number): { until: number; state: LayerRun['state'] } | null;
}

/** The layer of an opened image. @throws refusal `not-a-disk` | `data-damaged` when it cannot be read as a disk. */
export function layerOf(image: Image, options: { stored?: boolean } = {}): Layer {
  const { path, source, vhd } = image;
  if (!vhd) {
    if (image.format === 'raw') return flat(path, source, source.size);
    const what = image.foreign?.name ?? (source.size === 0 ? 'an empty file' : 'no disk image Platter knows');
    throw refusal('not-a-disk', `${path} is ${what}: it holds no disk that can be read.`, { path });
  }
  if (!vhd.footer || vhd.virtualSize === null) {
    throw refusal('data-damaged', `${path} has no valid footer, so its size and kind are not known.`, {
      path,
      hint: 'platter check says what is left; platter repair can write a footer back.',
    });
  }
  if (vhd.kind === 'fixed') {
    // a size that reaches over the footer does not make the footer the guest's
    const end = vhd.footer.place === 'copy' ? source.size : vhd.footer.at;
    return flat(path, source, vhd.virtualSize, Math.min(vhd.virtualSize, end));
  }
  if (vhd.kind === null) {
    throw refusal(
      'data-damaged',
      `${path} has the disk type ${vhd.footer.value.diskType}, which is none that can be read.`,
      {
        path,
        offset: vhd.footer.at + 60,
      },
    );
  }
  if (!vhd.header?.usable || !vhd.bat) {
    throw refusal('data-damaged', `The dynamic header of ${path} is damaged, so its blocks cannot be found.`, {
      path,
      offset: vhd.header?.at ?? SECTOR,
      hint: 'platter repair can rebuild a header.',
    });
  }
  return new BlockLayer(path, vhd, vhd.virtualSize, options.stored ?? false);
}

/** A fixed VHD or raw disk: the guest's bytes are the file's, up to `present`. */
function flat(path: string, source: ByteSource, size: number, present = size): Layer {
  return {
    path,
    source,
    size,
    runs(at, length) {
      const runs: LayerRun[] = [];
      const here = Math.max(0, Math.min(length, present - at));
      if (here > 0) runs.push({ at, length: here, state: 'own', fileOffset: at });
      if (here < length) runs.push({ at: at + here, length: length - here, state: 'lost', fileOffset: at + here });
      return Promise.resolve(runs);
    },
    uniform: (at) => (at < present ? { until: present, state: 'own' } : { until: size, state: 'lost' }),
  };
}

/** Bitmaps kept in memory, in bytes. */
const BITMAP_CACHE = 1024 * 1024;
/** Bitmaps asked for before they are needed, when blocks are read in their order: one by one each would wait for the disk. */
const AHEAD = 16;
const AHEAD_BYTES = 256 * 1024;

class BlockLayer implements Layer {
  readonly path: string;
  readonly source: ByteSource;
  readonly size: number;
  readonly #image: VhdImage;
  readonly #stored: boolean;
  readonly #blockSize: number;
  readonly #entries: Uint32Array;
  /** Bytes from here on are the footer's or not there. */
  readonly #limit: number;
  /** Structures of the image itself: a block that reaches into one is none. */
  readonly #metadata: readonly Claim[];
  readonly #bitmaps = new Map<number, Promise<Uint8Array>>();
  /** Where bitmaps were last asked for. */
  #last = -1;

  constructor(path: string, image: VhdImage, size: number, stored: boolean) {
    this.path = path;
    this.source = image.source;
    this.size = size;
    this.#image = image;
    this.#stored = stored && image.kind === 'dynamic';
    this.#blockSize = image.header?.value.blockSize ?? 0;
    const { limit, metadata } = surveyImage(image);
    this.#limit = limit;
    this.#entries = image.bat?.entries ?? new Uint32Array();
    this.#metadata = metadata;
  }

  async runs(at: number, length: number, signal?: Signal): Promise<LayerRun[]> {
    const out: LayerRun[] = [];
    const end = at + length;
    for (let cursor = at; cursor < end; ) {
      const plain = this.uniform(cursor);
      if (plain) {
        const stop = Math.min(end, plain.until);
        push(out, { at: cursor, length: stop - cursor, state: plain.state, fileOffset: null });
        cursor = stop;
        continue;
      }
      const block = Math.floor(cursor / this.#blockSize);
      const stop = Math.min(end, (block + 1) * this.#blockSize);
      await this.#blockRuns(out, block, (this.#entries[block] ?? 0) * SECTOR, cursor, stop, signal);
      cursor = stop;
    }
    return out;
  }

  uniform(at: number): { until: number; state: 'none' | 'lost' } | null {
    const block = Math.floor(at / this.#blockSize);
    // entries the table should have but the file lacks are not "not allocated"
    if (block >= this.#entries.length) return { until: this.size, state: 'lost' };
    const state = this.#byTable(block);
    if (state === null) return null;
    let next = block + 1;
    while (next < this.#entries.length && this.#byTable(next) === state) next += 1;
    return { until: Math.min(this.size, next * this.#blockSize), state };
  }

  /** What the table alone says of a block; null where its bitmap decides. */
  #byTable(block: number): 'none' | 'lost' | null {
    const entry = this.#entries[block] ?? UNALLOCATED;
    if (entry === UNALLOCATED) return 'none';
    const bitmap = entry * SECTOR;
    const data = bitmap + this.#image.bitmapBytes;
    return data > this.#limit || this.#isMetadata(bitmap, data + this.#blockSize) ? 'lost' : null;
  }

  async #blockRuns(
    out: LayerRun[],
    block: number,
    offset: number,
    from: number,
    to: number,
    signal?: Signal,
  ): Promise<void> {
    const start = block * this.#blockSize;
    const data = offset + this.#image.bitmapBytes;
    const own = (at: number, end: number): void => {
      const cut = Math.max(at, Math.min(end, this.#limit - data + start));
      if (cut > at) push(out, { at, length: cut - at, state: 'own', fileOffset: data + at - start });
      if (cut < end) push(out, { at: cut, length: end - cut, state: 'lost', fileOffset: data + cut - start });
    };
    if (this.#stored) {
      own(from, to);
      return;
    }
    const bitmap = await this.#bitmap(block, offset, signal);
    const first = Math.floor((from - start) / SECTOR);
    const last = Math.ceil((to - start) / SECTOR);
    for (const run of bitmapRuns(bitmap, first, last)) {
      const at = Math.max(from, start + run.from * SECTOR);
      const end = Math.min(to, start + (run.from + run.count) * SECTOR);
      if (run.set) own(at, end);
      else push(out, { at, length: end - at, state: 'none', fileOffset: null });
    }
  }

  #isMetadata(from: number, to: number): boolean {
    return this.#metadata.some((claim) => from < claim.to && claim.from < to);
  }

  #bitmap(block: number, offset: number, signal?: Signal): Promise<Uint8Array> {
    const next = block > this.#last && block <= this.#last + AHEAD;
    this.#last = block;
    const bitmap = this.#bitmaps.get(block) ?? this.#load(block, offset, signal);
    if (next) this.#readAhead(block, signal);
    return bitmap;
  }

  #readAhead(block: number, signal?: Signal): void {
    const many = Math.min(AHEAD, Math.floor(AHEAD_BYTES / this.#image.bitmapBytes));
    const end = Math.min(this.#entries.length, block + 1 + many);
    for (let ahead = block + 1; ahead < end; ahead += 1) {
      if (!this.#bitmaps.has(ahead) && this.#byTable(ahead) === null)
        void this.#load(ahead, (this.#entries[ahead] ?? 0) * SECTOR, signal);
    }
  }

  #load(block: number, offset: number, signal?: Signal): Promise<Uint8Array> {
    const bitmap = this.source.read(offset, this.#image.bitmapBytes, signal);
    // one that failed is read again by who needs it, and is told to him
    bitmap.catch(() => this.#bitmaps.delete(block));
    if ((this.#bitmaps.size + 1) * this.#image.bitmapBytes > BITMAP_CACHE) {
      const oldest = this.#bitmaps.keys().next();
      if (!oldest.done) this.#bitmaps.delete(oldest.value);
    }
    this.#bitmaps.set(block, bitmap);
    return bitmap;
  }
}

/** Appends a run, or lengthens the last one when the two are one. */
function push(out: LayerRun[], run: LayerRun): void {
  const last = out[out.length - 1];
  const joins =
    last &&
    last.state === run.state &&
    last.at + last.length === run.at &&
    (run.fileOffset === null
      ? last.fileOffset === null
      : last.fileOffset !== null && last.fileOffset + last.length === run.fileOffset);
  if (joins) last.length += run.length;
  else out.push({ ...run });
}
