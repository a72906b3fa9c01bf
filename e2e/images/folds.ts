import { createHash } from 'node:crypto';
import { readFile, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { folderLookup } from '../../core/chain/lookup.ts';
import { openChain } from '../../core/chain/open.ts';
import { hashGuest } from '../../core/export/hash.ts';
import { buildVhd } from '../../core/formats/vhd/build/build.ts';
import type { VhdSpec } from '../../core/formats/vhd/build/spec.ts';
import { msToVhdTime } from '../../core/formats/vhd/constants.ts';
import { nodeWriteFiles } from '../../core/io/node/sink.ts';
import { writeSparse } from '../../core/io/node/sparse.ts';

const MIB = 1024 ** 2;
const MADE = Date.UTC(2023, 2, 1, 9);

/** Images of the chains that are folded, exported and relinked. */
export const FOLDS = {
  base: 'base.vhd',
  /** Over the base. */
  middle: 'middle.vhd',
  /** Over the middle. */
  leaf: 'leaf.vhd',
  /** Over the base, too. */
  sibling: 'sibling.vhd',
  /** A base of 30 GiB that holds next to nothing, and its child: hashing them takes a while. */
  wide: 'wide.vhd',
  wideLeaf: 'wide-leaf.vhd',
  /** Names a parent that is not there. */
  lost: 'lost.vhd',
  /** Has the id that the lost one names, and another name. */
  found: 'renamed.vhd',
} as const;
export type FoldName = keyof typeof FOLDS;

const id = (number: number): string => `00000000-0000-4000-8000-${(0x300 + number).toString(16).padStart(12, '0')}`;

function spec(name: FoldName): VhdSpec {
  const disk = (number: number, more: Partial<VhdSpec>): VhdSpec => ({
    kind: 'dynamic',
    virtualSize: 24 * MIB,
    id: id(number),
    timeStamp: msToVhdTime(MADE),
    ...more,
  });
  const over = (parent: number, file: string): Partial<VhdSpec> => ({
    kind: 'differencing',
    parent: { id: id(parent), name: file, timeStamp: msToVhdTime(MADE) },
  });
  switch (name) {
    case 'base':
      return disk(1, { hidden: true, writes: [{ sector: 0, count: 2000, seed: 1 }] });
    case 'middle':
      return disk(2, { hidden: true, ...over(1, FOLDS.base), writes: [{ sector: 8, count: 40, seed: 2 }] });
    case 'leaf':
      return disk(3, { ...over(2, FOLDS.middle), writes: [{ sector: 16, count: 9000, seed: 3 }] });
    case 'sibling':
      return disk(4, { ...over(1, FOLDS.base), writes: [{ sector: 100, count: 4, seed: 4 }] });
    case 'wide':
      return disk(5, { hidden: true, virtualSize: 30 * 1024 * MIB, writes: [{ sector: 0, count: 8, seed: 5 }] });
    case 'wideLeaf':
      return disk(6, {
        ...over(5, FOLDS.wide),
        virtualSize: 30 * 1024 * MIB,
        writes: [{ sector: 9000, count: 8, seed: 6 }],
      });
    case 'lost':
      return disk(7, { ...over(8, 'gone.vhd'), writes: [{ sector: 16, count: 8, seed: 7 }] });
    case 'found':
      return disk(8, { hidden: true, writes: [{ sector: 0, count: 64, seed: 8 }] });
  }
}

/** Makes images in a folder, with a modification time of long ago; answers their paths. */
export async function foldImages<N extends FoldName>(folder: string, ...names: N[]): Promise<Record<N, string>> {
  const paths: Partial<Record<N, string>> = {};
  for (const name of names) {
    const path = join(folder, FOLDS[name]);
    await writeSparse(path, buildVhd(spec(name)));
    await utimes(path, new Date(Date.UTC(2001, 0, 1)), new Date(MADE));
    paths[name] = path;
  }
  return paths as Record<N, string>;
}

/** SHA-256 of what the guest of an image reads. */
export async function guestHash(path: string): Promise<string> {
  const chain = await openChain(path, folderLookup(nodeWriteFiles, [dirname(path)]));
  try {
    return await hashGuest(chain.disk, nodeWriteFiles);
  } finally {
    await chain.close();
  }
}

export async function fileHash(path: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(path))
    .digest('hex');
}
