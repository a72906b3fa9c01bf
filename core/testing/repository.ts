import { join } from 'node:path';
import { buildVhd } from '../formats/vhd/build/build.ts';
import type { BuiltVhd, GuestWrite, ParentSpec } from '../formats/vhd/build/spec.ts';
import { msToVhdTime } from '../formats/vhd/constants.ts';
import { makeFolder, writeSparse } from '../io/node/sparse.ts';
import type { SparseImage } from '../io/sparse.ts';
import { DEFECTS, type DefectName } from './defects.ts';
import { asImage } from './memory-files.ts';
import { type Random, random } from './random.ts';

export interface RepositoryFile {
  /** Name in the folder. */
  name: string;
  /** Milliseconds since 1970. */
  mtime: number;
  /** Name of the parent in the folder; null for a base, and where the parent is missing. */
  parent: string | null;
  hidden: boolean;
  /** What is wrong with it, one fault at most; null when nothing is. */
  defect: DefectName | 'parent-missing' | 'foreign' | null;
  build(): SparseImage;
}

export interface Repository {
  files: RepositoryFile[];
  /** VHDs that stand at the top of a tree: bases, and children whose parent is missing. */
  trees: number;
}

const GIB = 1024 ** 3;
const START = Date.UTC(2023, 0, 9, 6);
const MINUTE = 60_000;

/** Faults that leave the file its place in the tree, as a folder in use would have them. */
const LIKELY: DefectName[] = [
  'footer-zeroed',
  'footer-missing',
  'footer-guest-log',
  'copy-zeroed',
  'junk-after-footer-511',
  'bat-past-eof',
  'batmap-checksum',
  'batmap-partial-full',
  'data-under-clear-bitmap',
  'header-checksum',
];

interface Disk {
  name: string;
  id: string;
  virtualSize: number;
  mtime: number;
}

/**
 * A storage repository of `count` files as XenServer leaves them: UUID names; single disks, chains of hidden parents with
 * snapshots beside them, templates with many children; one file in a hundred damaged, a few whose parent is missing, a few
 * that are no VHDs. The same count and seed give the same files.
 */
export function makeRepository(count: number, seed = 1): Repository {
  const maker = new Maker(count, random(seed));
  while (!maker.full()) maker.tree();
  return { files: maker.files, trees: maker.trees };
}

class Maker {
  readonly files: RepositoryFile[] = [];
  trees = 0;
  readonly #count: number;
  readonly #random: Random;
  #clock = START;

  constructor(count: number, source: Random) {
    this.#count = count;
    this.#random = source;
  }

  full(): boolean {
    return this.files.length >= this.#count;
  }

  tree(): void {
    const shape = this.#random.next();
    if (shape < 0.03) this.#foreign();
    else if (shape < 0.25) this.#add(null, false);
    else if (shape < 0.29) this.#orphan();
    else if (shape < 0.41) this.#template();
    else this.#chain(this.#add(null, true), this.#random.between(1, 5));
  }

  /** Hidden parents one below the other, each perhaps with a snapshot beside its child, and the disk in use at the end. */
  #chain(top: Disk, depth: number): void {
    let parent = top;
    for (let level = 1; level <= depth && !this.full(); level += 1) {
      if (level > 1 && this.#random.chance(0.35)) this.#add(parent, false);
      if (!this.full()) parent = this.#add(parent, level < depth);
    }
  }

  #template(): void {
    const template = this.#add(null, true);
    for (let left = this.#random.between(3, 40); left > 0 && !this.full(); left -= 1) {
      if (this.#random.chance(0.8)) this.#add(template, false);
      else this.#chain(this.#add(template, true), this.#random.between(1, 2));
    }
  }

  #orphan(): void {
    const lost = { ...this.#disk(GIB), name: `${this.#random.uuid()}.vhd` };
    this.#add(lost, false, 'parent-missing');
  }

  #foreign(): void {
    const text = this.#random.pick(['QFI\xfb\0\0\0\x03', '<?xml version="1.0"?>\n<domain/>\n']);
    const bytes = Uint8Array.from(text, (character) => character.charCodeAt(0));
    this.#push(this.#disk(0), { parent: null, hidden: false, defect: 'foreign', build: () => asImage(bytes) });
  }

  #disk(virtualSize: number): Disk {
    const id = this.#random.uuid();
    this.#clock += this.#random.between(1, 90) * MINUTE;
    return { name: `${id}.vhd`, id, virtualSize, mtime: this.#clock };
  }

  #add(parent: Disk | null, hidden: boolean, missing?: 'parent-missing'): Disk {
    const disk = this.#disk(parent?.virtualSize ?? this.#random.pick([1, 2, 4, 8]) * GIB);
    const defect = missing ?? (this.#random.chance(0.01) ? this.#random.pick(LIKELY) : null);
    const seed = this.#random.between(1, 0xffff_ffff);
    if (!parent || missing) this.trees += 1;
    this.#push(disk, {
      parent: missing ? null : (parent?.name ?? null),
      hidden,
      defect,
      build: () => {
        const image = buildDisk(disk, parent, hidden, seed);
        return defect === null || defect === 'parent-missing' ? image : DEFECTS[defect](image);
      },
    });
    return disk;
  }

  #push({ name, mtime }: Disk, rest: Omit<RepositoryFile, 'name' | 'mtime'>): void {
    this.files.push({ name, mtime, ...rest });
  }
}

function buildDisk(disk: Disk, parent: Disk | null, hidden: boolean, seed: number): BuiltVhd {
  const chosen = random(seed);
  const writes: GuestWrite[] = [{ sector: parent ? 4096 : 0, count: 4, seed }];
  for (let left = chosen.between(1, 2); left > 0; left -= 1) {
    writes.push({ sector: chosen.between(2, 400) * 4096 + chosen.between(0, 4000), count: chosen.between(1, 8), seed });
  }
  const common = {
    virtualSize: disk.virtualSize,
    id: disk.id,
    timeStamp: msToVhdTime(disk.mtime) - 60,
    hidden,
    writes,
  };
  if (!parent) return buildVhd({ kind: 'dynamic', ...common });
  const named: ParentSpec = { id: parent.id, name: parent.name, timeStamp: msToVhdTime(parent.mtime) };
  return buildVhd({ kind: 'differencing', parent: named, ...common });
}

/** Writes a repository into a folder, which is made when it is not there; 5,000 files take a few seconds. */
export async function writeRepository(folder: string, { files }: Repository): Promise<void> {
  await makeFolder(folder, { recursive: true });
  const queue = files.values();
  const writer = async (): Promise<void> => {
    for (const { name, mtime, build } of queue) await writeSparse(join(folder, name), build(), { mtime });
  };
  await Promise.all(Array.from({ length: 8 }, writer));
}
