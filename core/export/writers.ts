import { bug } from '../errors.ts';
import { bitmapLength, countSet, setBit } from '../formats/vhd/bitmap.ts';
import { buildVhd } from '../formats/vhd/build/build.ts';
import { sealBatmap } from '../formats/vhd/build/seal.ts';
import type { BuiltVhd, VhdSpec } from '../formats/vhd/build/spec.ts';
import { DEFAULT_BLOCK_SIZE, FOOTER_LENGTH, SECTOR, UNALLOCATED } from '../formats/vhd/constants.ts';
import type { ByteSink } from '../io/sink.ts';
import { readSparse } from '../io/sparse.ts';

/** Takes a guest's disk from its start to its end and leaves an image of it. */
export interface DiskWriter {
  /**
   * Bytes the image holds at guest offset `at`: whole sectors, in ascending order of the calls; one need not wait for another.
   * What is never written reads as zeros, or as the parent's.
   */
  write(at: number, bytes: Uint8Array): Promise<void>;
  /** Writes what could not be written before; the image is whole then. */
  finish(): Promise<void>;
}

const PAGE = 4096;

/** Runs of pages that are not all zero, as offsets in `bytes`. */
export function* usedRuns(bytes: Uint8Array): Generator<{ from: number; to: number }> {
  let from = -1;
  for (let at = 0; at < bytes.length; at += PAGE) {
    const to = Math.min(bytes.length, at + PAGE);
    const used = !isZero(bytes, at, to);
    if (used && from < 0) from = at;
    if (!used && from >= 0) {
      yield { from, to: at };
      from = -1;
    }
  }
  if (from >= 0) yield { from, to: bytes.length };
}

function isZero(bytes: Uint8Array, from: number, to: number): boolean {
  const start = bytes.byteOffset + from;
  if (start % 4 !== 0 || (to - from) % 4 !== 0) return bytes.subarray(from, to).every((byte) => byte === 0);
  const words = new Int32Array(bytes.buffer, start, (to - from) / 4);
  for (let index = 0; index < words.length; index += 1) if (words[index] !== 0) return false;
  return true;
}

/** A raw image; zeros stay holes. With `footer` a fixed VHD. */
export class FlatWriter implements DiskWriter {
  readonly #sink: ByteSink;
  readonly #size: number;
  readonly #footer: Uint8Array | null;
  #sized: Promise<void> | null = null;

  constructor(sink: ByteSink, size: number, footer: Uint8Array | null) {
    this.#sink = sink;
    this.#size = size;
    this.#footer = footer;
  }

  async write(at: number, bytes: Uint8Array): Promise<void> {
    // its length first: writes that make a file grow wait for each other
    await (this.#sized ??= this.#sink.truncate(this.#size));
    for (const { from, to } of usedRuns(bytes)) await this.#sink.write(at + from, bytes.subarray(from, to));
  }

  async finish(): Promise<void> {
    await this.#sink.truncate(this.#size);
    if (this.#footer) await this.#sink.write(this.#size, this.#footer);
  }
}

/** The block being filled. */
interface OpenBlock {
  number: number;
  /** File offset of its bitmap. */
  at: number;
  bitmap: Uint8Array;
}

/**
 * A dynamic or differencing VHD. Data of each block starts on 4 KiB with its bitmap just before; blocks lie in the order of
 * the disk. The footer is written last, so a file that was cut off is no VHD at its end.
 */
export class BlockWriter implements DiskWriter {
  readonly #sink: ByteSink;
  readonly #empty: BuiltVhd;
  readonly #blockSize: number;
  readonly #bitmapBytes: number;
  readonly #table: Uint32Array;
  readonly #full: Uint8Array;
  /** Pages that are all zero are left out: right for a base, wrong for a child, whose zeros hide the parent's bytes. */
  readonly #skipZeros: boolean;
  #block: OpenBlock | null = null;
  #next: number;
  #began = false;

  constructor(sink: ByteSink, spec: Omit<VhdSpec, 'writes'>) {
    this.#sink = sink;
    this.#empty = buildVhd(spec);
    this.#blockSize = spec.blockSize ?? DEFAULT_BLOCK_SIZE;
    this.#bitmapBytes = bitmapLength(this.#blockSize);
    const blocks = Math.ceil(spec.virtualSize / this.#blockSize);
    this.#table = new Uint32Array(blocks).fill(UNALLOCATED);
    this.#full = new Uint8Array(Math.ceil(blocks / 8));
    this.#skipZeros = spec.kind === 'dynamic';
    this.#next = this.#empty.places.footerAt;
  }

  async write(at: number, bytes: Uint8Array): Promise<void> {
    const writes: Promise<void>[] = [];
    try {
      // places are given out before anything is waited for: so calls stay in order
      if (!this.#skipZeros) this.#put(writes, at, bytes);
      else for (const { from, to } of usedRuns(bytes)) this.#put(writes, at + from, bytes.subarray(from, to));
    } finally {
      await Promise.all(writes);
    }
  }

  #put(writes: Promise<void>[], at: number, bytes: Uint8Array): void {
    this.#begin(writes);
    for (let done = 0; done < bytes.length; ) {
      const number = Math.floor((at + done) / this.#blockSize);
      const inBlock = at + done - number * this.#blockSize;
      const length = Math.min(bytes.length - done, this.#blockSize - inBlock);
      const block = this.#open(writes, number);
      writes.push(this.#sink.write(block.at + this.#bitmapBytes + inBlock, bytes.subarray(done, done + length)));
      for (let sector = inBlock / SECTOR; sector < Math.ceil((inBlock + length) / SECTOR); sector += 1)
        setBit(block.bitmap, sector, true);
      done += length;
    }
  }

  /** Everything in front of the blocks, but for the footer's copy: it comes when the table is whole. */
  #begin(writes: Promise<void>[]): void {
    if (this.#began) return;
    this.#began = true;
    const head = readSparse(this.#empty, FOOTER_LENGTH, this.#empty.places.footerAt - FOOTER_LENGTH);
    writes.push(this.#sink.write(FOOTER_LENGTH, head));
  }

  #open(writes: Promise<void>[], number: number): OpenBlock {
    if (this.#block?.number === number) return this.#block;
    if (this.#block && number < this.#block.number) throw bug(`block ${number} after block ${this.#block.number}`);
    this.#close(writes);
    const at = Math.ceil((this.#next + this.#bitmapBytes) / PAGE) * PAGE - this.#bitmapBytes;
    this.#block = { number, at, bitmap: new Uint8Array(this.#bitmapBytes) };
    this.#next = at + this.#bitmapBytes + this.#blockSize;
    this.#table[number] = at / SECTOR;
    return this.#block;
  }

  #close(writes: Promise<void>[]): void {
    const block = this.#block;
    if (!block) return;
    writes.push(this.#sink.write(block.at, block.bitmap));
    if (countSet(block.bitmap, this.#blockSize / SECTOR) === this.#blockSize / SECTOR)
      setBit(this.#full, block.number, true);
    this.#block = null;
  }

  async finish(): Promise<void> {
    const writes: Promise<void>[] = [];
    this.#begin(writes);
    this.#close(writes);
    await Promise.all(writes);
    const { places } = this.#empty;
    await this.#sink.truncate(this.#next);
    await this.#sink.write(places.tableAt ?? 0, bigEndian(this.#table));
    if (places.batmapAt !== null && places.mapAt !== null) await this.#writeBatmap(places.batmapAt, places.mapAt);
    await this.#sink.sync();
    const footer = readSparse(this.#empty, 0, FOOTER_LENGTH);
    await this.#sink.write(0, footer);
    await this.#sink.write(this.#next, footer);
  }

  async #writeBatmap(at: number, mapAt: number): Promise<void> {
    const old = readSparse(this.#empty, at, SECTOR);
    const { tableAt, footerAt } = this.#empty.places;
    const length = Math.ceil(Math.ceil((at - (tableAt ?? 0)) / 4 / 8) / SECTOR) * SECTOR;
    if (mapAt + length > footerAt) throw bug('the batmap reaches into the blocks');
    const map = new Uint8Array(length);
    map.set(this.#full);
    await this.#sink.write(mapAt, map);
    await this.#sink.write(at, sealBatmap({}, map, old));
  }
}

function bigEndian(table: Uint32Array): Uint8Array {
  const out = new Uint8Array(table.length * 4);
  const view = new DataView(out.buffer);
  for (const [index, entry] of table.entries()) view.setUint32(index * 4, entry);
  return out;
}
