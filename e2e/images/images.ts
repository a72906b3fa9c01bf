import { mkdir, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { buildVhd } from '../../core/formats/vhd/build/build.ts';
import { CREATORS, type ParentSpec, type VhdSpec } from '../../core/formats/vhd/build/spec.ts';
import { msToVhdTime } from '../../core/formats/vhd/constants.ts';
import { writeSparse } from '../../core/io/node/sparse.ts';
import type { SparseImage } from '../../core/io/sparse.ts';
import { dropFooter, patchFooter, zeroFooter } from '../../core/testing/damage.ts';

const MIB = 1024 ** 2;
export const TIB = 1024 ** 4;
const MADE = Date.UTC(2023, 2, 1, 9);

/** Text the guest wrote: on each disk of the chain another, and one that only search finds, deep in the leaf. */
export const TEXTS = { base: 'written by the base', middle: 'written by the middle', leaf: 'written by the leaf' };
export const HIDDEN_TEXT = 'the needle of the haystack';

/** Names in the small repository. */
export const NAMES = {
  base: 'c0ffee01-base.vhd',
  middle: 'c0ffee02-middle.vhd',
  leaf: 'c0ffee03-leaf.vhd',
  zeroed: 'dead0001-zeroed-footer.vhd',
  missing: 'dead0002-no-footer.vhd',
  orphan: 'dead0003-orphan.vhd',
  differs: 'dead0004-footers-differ.vhd',
  fixed: 'f1ced001-fixed.vhd',
  raw: 'plain.raw',
} as const;

const id = (number: number) => `00000000-0000-4000-8000-${number.toString(16).padStart(12, '0')}`;
const text = (words: string) => new TextEncoder().encode(words);
const parentOf = (name: string, number: number): ParentSpec => ({ id: id(number), name, timeStamp: msToVhdTime(MADE) });

function disk(number: number, more: Partial<VhdSpec> = {}): VhdSpec {
  return { kind: 'dynamic', virtualSize: 64 * MIB, id: id(number), timeStamp: msToVhdTime(MADE), ...more };
}

/** Access times long before the modification: a system with `relatime` then notes every read that it is not told to hide. */
async function place(folder: string, name: string, image: SparseImage): Promise<void> {
  const path = join(folder, name);
  await writeSparse(path, image);
  await utimes(path, new Date(Date.UTC(2001, 0, 1)), new Date(MADE));
}

/** A chain of three, damaged footers, an orphan, a fixed disk and a raw one, in a folder that is made. */
export async function smallRepository(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const base = disk(1, {
    hidden: true,
    writes: [
      { sector: 0, bytes: text(TEXTS.base) },
      { sector: 4096, count: 4096, seed: 1 },
    ],
  });
  const middle = disk(2, {
    kind: 'differencing',
    hidden: true,
    parent: parentOf(NAMES.base, 1),
    writes: [{ sector: 8, bytes: text(TEXTS.middle) }],
  });
  const leaf = disk(3, {
    kind: 'differencing',
    parent: parentOf(NAMES.middle, 2),
    writes: [
      { sector: 16, bytes: text(TEXTS.leaf) },
      { sector: 4096 * 10 + 7, bytes: text(HIDDEN_TEXT) },
    ],
  });
  const written = disk(4, { writes: [{ sector: 0, count: 64, seed: 4 }] });
  await place(folder, NAMES.base, buildVhd(base));
  await place(folder, NAMES.middle, buildVhd(middle));
  await place(folder, NAMES.leaf, buildVhd(leaf));
  await place(folder, NAMES.zeroed, zeroFooter(buildVhd(written), 'end'));
  await place(folder, NAMES.missing, dropFooter(buildVhd({ ...written, id: id(5) })));
  const twins = buildVhd({ ...written, id: id(8) });
  await place(folder, NAMES.differs, patchFooter(twins, { hidden: 1, timeStamp: msToVhdTime(MADE) + 60 }, 'end'));
  const lost = parentOf('nowhere.vhd', 99);
  await place(folder, NAMES.orphan, buildVhd(disk(6, { kind: 'differencing', parent: lost, writes: [] })));
  const fixed = disk(7, { kind: 'fixed', virtualSize: MIB, creator: CREATORS.virtualPc });
  await place(folder, NAMES.fixed, buildVhd(fixed));
  const sector = new Uint8Array(512);
  sector.set(text('a raw disk'));
  sector.set([0x55, 0xaa], 510);
  await place(folder, NAMES.raw, { size: MIB, extents: [{ at: 0, bytes: sector }] });
}

export const BIG = { dynamic: 'big-dynamic.vhd', fixed: 'big-fixed.vhd' } as const;
export const BIG_TEXT = 'the last sector of two tebibytes';

/** Disks of 2 TiB that hold almost nothing: one with a BAT of a million entries, one fixed, as sparse files. */
export async function bigDisks(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const sectors = (2 * TIB) / 512;
  const writes = [
    { sector: 0, bytes: text('the first sector') },
    { sector: sectors / 2, bytes: text('the middle') },
    { sector: sectors - 1, bytes: text(BIG_TEXT) },
  ];
  await place(folder, BIG.dynamic, buildVhd(disk(21, { virtualSize: 2 * TIB, writes })));
  await place(folder, BIG.fixed, buildVhd(disk(22, { kind: 'fixed', virtualSize: 2 * TIB, writes })));
}
