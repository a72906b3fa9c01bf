import { buildVhd } from '../../formats/vhd/build/build.ts';
import { patternSectors } from '../../formats/vhd/build/pattern.ts';
import type { BuiltVhd, GuestWrite, VhdSpec } from '../../formats/vhd/build/spec.ts';
import { msToVhdTime } from '../../formats/vhd/constants.ts';
import type { MemoryFiles } from '../../testing/memory-files.ts';
import { folderLookup } from '../lookup.ts';
import { type OpenChain, type OpenChainOptions, openChain } from '../open.ts';

export const MIB = 1024 * 1024;
export const SIZE = 8 * MIB;
const TIME = msToVhdTime(Date.UTC(2024, 2, 5, 12));

/** An id that can be told at a glance: `idOf(7)` ends in 7. */
export function idOf(number: number): string {
  return `00000000-0000-4000-8000-${number.toString(16).padStart(12, '0')}`;
}

type Changes = Partial<VhdSpec>;

/** A dynamic disk of 8 MiB as tapdisk makes it. */
export function base(id: number, changes: Changes = {}): BuiltVhd {
  return buildVhd({ kind: 'dynamic', virtualSize: SIZE, id: idOf(id), timeStamp: TIME, ...changes });
}

/** A child of `parent`, which it names as `name` in its header and its locators. */
export function child(id: number, parent: number | string, name: string, changes: Changes = {}): BuiltVhd {
  return buildVhd({
    kind: 'differencing',
    virtualSize: SIZE,
    id: idOf(id),
    timeStamp: TIME,
    ...changes,
    parent: { id: typeof parent === 'number' ? idOf(parent) : parent, name, timeStamp: TIME, ...changes.parent },
  });
}

export function fill(sector: number, count: number, seed: number): GuestWrite {
  return { sector, count, seed };
}

/** What a guest sees of layers of writes, base first, worked out without any VHD. */
export function expected(size: number, ...layers: (readonly GuestWrite[])[]): Uint8Array {
  const out = new Uint8Array(size);
  for (const write of layers.flat()) {
    const at = write.sector * 512;
    const bytes =
      'bytes' in write
        ? write.bytes
        : 'zeros' in write
          ? new Uint8Array(write.count * 512)
          : patternSectors(write.seed, write.sector, write.count);
    out.set(bytes.subarray(0, Math.max(0, size - at)), at);
  }
  return out;
}

/** Opens the chain that ends in `leaf`; parents are looked for by id in its folder. */
export function open(files: MemoryFiles, leaf: string, options: OpenChainOptions = {}): Promise<OpenChain> {
  return openChain(leaf, folderLookup(files, [files.folderOf(leaf)]), options);
}

/** All bytes the guest sees. */
export async function guestBytes(
  files: MemoryFiles,
  leaf: string,
  options: OpenChainOptions = {},
): Promise<Uint8Array> {
  const chain = await open(files, leaf, options);
  const bytes = await chain.disk.read(0, chain.disk.size);
  await chain.close();
  return bytes;
}

/** Whether two byte arrays are the same: for megabytes, where a diff of them would help nobody. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
