import { pagedMemory } from '../../../core/io/node/direct.ts';
import { type ReadDisk, readVmfs } from '../../../core/vmfs/disk.ts';
import type { Presented } from '../../../core/vmfs/snapshot.ts';
import { joinSpans } from '../../../core/vmfs/spans.ts';
import {
  summariseDisk,
  summariseSpan,
  type VmfsDiskSummary,
  type VmfsSpanSummary,
} from '../../../core/vmfs/summary.ts';
import { type OpenedTarget, withTarget } from './target.ts';
import { filesOf, type Served, type TaskContext } from './task.ts';

export interface VmfsInput {
  /** Guests' disks. */
  targets: OpenedTarget[];
  served: Served;
  /** What a host is shown; empty when nothing was said of it. */
  presented: Presented[];
  everySector: boolean;
}

const TELL = 80;

/** Finds the VMFS volumes of disks, and puts those together that span several. */
export async function vmfs(
  { targets, served, presented, everySector }: VmfsInput,
  { flag, send }: TaskContext<{ disk: number; done: number; total: number }>,
): Promise<{ disks: VmfsDiskSummary[]; spans: VmfsSpanSummary[] }> {
  const disks: ReadDisk[] = [];
  let told = 0;
  for (const [disk, target] of targets.entries()) {
    const allocated = await diskBytes(target, served);
    await withTarget(target, served, flag, async (_, guest) => {
      if (!guest) return;
      const progress = (done: number, total: number): void => {
        if (Date.now() - told < TELL) return;
        told = Date.now();
        send({ disk, done, total });
      };
      const search = everySector ? 'always' : 'auto';
      disks.push(await readVmfs(guest, { search, presented, allocated, memory: pagedMemory, signal: flag, progress }));
    });
  }
  // an extent that is missing is a finding of the volumes that are here: it comes before they are summed up
  const spans = joinSpans(disks.map(({ volumes }) => volumes.map(({ volume }) => volume)));
  return { disks: disks.map(summariseDisk), spans: spans.map(summariseSpan) };
}

/** Bytes the file system spends on the files of a chain; a block device is all there. */
async function diskBytes({ chain }: OpenedTarget, served: Served): Promise<number> {
  const files = filesOf(served);
  let sum = 0;
  for (const { path } of chain?.members ?? []) {
    const info = await files.info(path);
    sum += info ? info.diskBytes || info.size : 0;
  }
  return sum;
}
