import { bitmapRuns } from '../../../core/formats/vhd/bitmap.ts';
import { SECTOR, UNALLOCATED } from '../../../core/formats/vhd/constants.ts';
import { Device } from './device.ts';
import { Errno } from './errno.ts';
import { Vhd } from './libvhd.ts';
import { findParent } from './parents.ts';
import type { System } from './system.ts';

type Layer = { vhd: Vhd } | { raw: Device };

/** `blocks` reads whole blocks, as -r does; `spans` reads the sectors that are there, as -R does. */
export type Manner = 'blocks' | 'spans';

/** Bytes asked for: where they go, and which of their sectors are found already. */
interface Want {
  /** Guest offset of the first byte, and of the byte behind the last. */
  from: number;
  to: number;
  out: Uint8Array;
  /** One flag a sector, from the sector of `from`. */
  found: Uint8Array;
}

/** The guest's view through a chain, read the way vhd-util reads it. Opens parents when they are first needed. */
export class Guest {
  readonly #system: System;
  readonly #layers: Layer[];
  readonly #seen: Set<string>;

  constructor(system: System, vhd: Vhd) {
    this.#system = system;
    this.#layers = [{ vhd }];
    this.#seen = new Set([vhd.device.identity]);
  }

  /** Closes the parents; the first image stays its owner's. */
  async close(): Promise<void> {
    for (const layer of this.#layers.slice(1)) await ('vhd' in layer ? layer.vhd : layer.raw).close();
  }

  /** `length` bytes from `at`; what no image of the chain holds is zero. @throws Errno; ELOOP for a chain without a base. */
  async read(at: number, length: number, manner: Manner): Promise<Uint8Array> {
    const sectors = Math.ceil((at + length) / SECTOR) - Math.floor(at / SECTOR);
    const want = { from: at, to: at + length, out: new Uint8Array(length), found: new Uint8Array(sectors) };
    for (let depth = 0; ; depth += 1) {
      const layer = this.#layers[depth] ?? (await this.#parentOf(this.#layers[depth - 1]));
      if (layer === null) return want.out;
      if ('raw' in layer) {
        await readRaw(layer.raw, want, manner);
        return want.out;
      }
      await readLayer(layer.vhd, want, manner);
      if (!want.found.includes(0)) return want.out;
    }
  }

  async #parentOf(child: Layer | undefined): Promise<Layer | null> {
    if (!child || 'raw' in child || !child.vhd.differencing) return null;
    const file = await findParent(this.#system, child.vhd);
    const layer = child.vhd.parentRaw
      ? { raw: await Device.open(this.#system, file) }
      : { vhd: await Vhd.open(this.#system, file) };
    this.#layers.push(layer);
    if ('vhd' in layer) {
      const { identity } = layer.vhd.device;
      if (this.#seen.has(identity)) throw new Errno('ELOOP');
      this.#seen.add(identity);
      await layer.vhd.bat();
    }
    return layer;
  }
}

async function readLayer(vhd: Vhd, want: Want, manner: Manner): Promise<void> {
  const bat = await vhd.bat();
  const { blockSectors } = vhd;
  // vhd-util divides by it
  if (blockSectors === 0) throw new Errno('EINVAL');
  const first = Math.floor(want.from / SECTOR);
  const end = Number(vhd.footer.currentSize >> 9n);
  for (let at = first; at < first + want.found.length; ) {
    if (at >= end) {
      // beyond a smaller parent nothing is looked for: zeros
      want.found.fill(1, at - first);
      return;
    }
    const block = Math.floor(at / blockSectors);
    const inBlock = at % blockSectors;
    const count = Math.min(first + want.found.length - at, blockSectors - inBlock);
    if (bat.at(block) !== UNALLOCATED) {
      const bitmap = await vhd.readBitmap(block);
      const whole = manner === 'blocks' ? await vhd.readBlock(block) : null;
      for (const run of unfound(bitmap, inBlock, count, want.found, at - first)) {
        await copy(want, at - inBlock + run.from, run.count, (from, length) => {
          const start = from - (at - inBlock) * SECTOR;
          return whole ? whole.subarray(start, start + length) : vhd.readSpan(block, start, length);
        });
      }
    }
    at += count;
  }
}

/** Runs of a block's sectors that are set in its bitmap and not found yet. */
function* unfound(
  bitmap: Uint8Array,
  from: number,
  count: number,
  found: Uint8Array,
  foundAt: number,
): Generator<{ from: number; count: number }> {
  for (const run of bitmapRuns(bitmap, from, from + count)) {
    if (!run.set) continue;
    const end = run.from + run.count;
    for (let at = run.from; at < end; ) {
      const start = foundAt + at - from;
      const taken = found[start] ?? 1;
      let next = at + 1;
      while (next < end && found[foundAt + next - from] === taken) next += 1;
      if (taken === 0) yield { from: at, count: next - at };
      at = next;
    }
  }
}

/** Copies guest sectors into what is wanted, cut at its ends, and marks them found. */
async function copy(
  want: Want,
  sector: number,
  count: number,
  read: (from: number, length: number) => Uint8Array | Promise<Uint8Array>,
): Promise<void> {
  const from = Math.max(want.from, sector * SECTOR);
  const to = Math.min(want.to, (sector + count) * SECTOR);
  want.out.set(await read(from, to - from), from - want.from);
  const mark = sector - Math.floor(want.from / SECTOR);
  want.found.fill(1, mark, mark + count);
}

/** A raw parent holds every sector; -r wants the whole stretch to be in the file, whatever of it is found already. */
async function readRaw(raw: Device, want: Want, manner: Manner): Promise<void> {
  const length = want.to - want.from;
  if (manner === 'blocks') {
    // a plain read at the end answers nothing, which counts as EIO
    if (want.to > raw.size) throw new Errno('EIO');
    const all = await raw.readAnywhere(want.from, length);
    await copyMissing(want, (from, count) => all.subarray(from - want.from, from - want.from + count));
    return;
  }
  await copyMissing(want, async (from, count) => {
    if (from + count > raw.size) throw new Errno('EIO');
    return raw.readAnywhere(from, count);
  });
}

async function copyMissing(
  want: Want,
  read: (from: number, length: number) => Uint8Array | Promise<Uint8Array>,
): Promise<void> {
  const all = new Uint8Array(Math.ceil(want.found.length / 8)).fill(0xff);
  const first = Math.floor(want.from / SECTOR);
  for (const run of unfound(all, 0, want.found.length, want.found, 0)) {
    await copy(want, first + run.from, run.count, read);
  }
}
