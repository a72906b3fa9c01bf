import { buildVhd } from '../../../core/formats/vhd/build/build.ts';
import type { BuiltVhd, VhdSpec } from '../../../core/formats/vhd/build/spec.ts';
import { msToVhdTime } from '../../../core/formats/vhd/constants.ts';
import { type MemoryFiles, memoryFiles } from '../../../core/testing/memory-files.ts';

export const MIB = 1024 * 1024;

/** When the files of {@link memoryFiles} were last changed, which children remember. */
const TIME = msToVhdTime(Date.UTC(2024, 2, 5, 12));

export function idOf(number: number): string {
  return `c54ad692-0ce2-4dad-aa3f-${number.toString(16).padStart(12, '0')}`;
}

export function base(id: number, changes: Partial<VhdSpec> = {}): BuiltVhd {
  const writes = [{ sector: 0, count: 4096, seed: 1 }];
  return buildVhd({ kind: 'dynamic', virtualSize: 8 * MIB, id: idOf(id), timeStamp: TIME - 3600, writes, ...changes });
}

export function child(id: number, parent: number, name: string, changes: Partial<VhdSpec> = {}): BuiltVhd {
  return buildVhd({
    kind: 'differencing',
    virtualSize: 8 * MIB,
    id: idOf(id),
    timeStamp: TIME - 60,
    writes: [{ sector: 100, count: 8, seed: id }],
    parent: { id: idOf(parent), name, timeStamp: TIME },
    ...changes,
  });
}

/** A healthy chain of three: `/sr/base.vhd`, `/sr/snap.vhd`, `/sr/leaf.vhd`. */
export function chain(): MemoryFiles {
  return memoryFiles()
    .put('/sr/base.vhd', base(1, { hidden: true }))
    .put('/sr/snap.vhd', child(2, 1, 'base.vhd', { hidden: true }))
    .put('/sr/leaf.vhd', child(3, 2, 'snap.vhd', { writes: [{ sector: 104, count: 1, seed: 3 }] }));
}
