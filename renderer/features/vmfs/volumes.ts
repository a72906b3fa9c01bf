import { useEffect } from 'react';
import { create } from 'zustand';
import type { Client } from '../../../app/contract/contract.ts';
import type { ChainRow, PartitionsAnswer, VmfsAnswer } from '../../../app/contract/types.ts';
import { asPlatterError, type ErrorData } from '../../../core/errors.ts';
import { useCase } from '../../state/case.ts';
import { useClient } from '../../state/client.ts';
import { runJob } from '../repair/run-job.ts';

export type VmfsLook =
  | { state: 'running'; stamp: string; job: string | null }
  | { state: 'done'; stamp: string; answer: VmfsAnswer }
  | { state: 'failed'; stamp: string; error: ErrorData };

/** Looks for volumes by image; what was found stays until the image changes. */
export const useLooks = create<{ looks: ReadonlyMap<string, VmfsLook> }>()(() => ({ looks: new Map() }));

function put(path: string, look: VmfsLook): void {
  useLooks.setState(({ looks }) => ({ looks: new Map(looks).set(path, look) }));
}

/** What an image was when it was looked at. */
function stampOf({ modified, fileSize }: ChainRow): string {
  return `${modified} ${fileSize}`;
}

/** Looks for VMFS volumes on the disk of an image; at every sector where asked for. Never fails: the look tells. */
export async function lookForVolumes(client: Client, row: ChainRow, everySector = false): Promise<void> {
  const { path } = row;
  const stamp = stampOf(row);
  put(path, { state: 'running', stamp, job: null });
  try {
    const input = { paths: [path], presented: null, lun: null, everySector };
    const answer = await runJob(client, 'vmfs.volumes', input, (job) => put(path, { state: 'running', stamp, job }));
    put(path, { state: 'done', stamp, answer });
  } catch (thrown) {
    put(path, { state: 'failed', stamp, error: asPlatterError(thrown).toData() });
  }
}

/** Bytes of data up to which a disk without a table is looked through unasked: that takes a second or two. */
const UNASKED = 2 * 1024 ** 3;

/** Whether the table, or what stands on a partition, says VMFS. */
export function saysVmfs({ partitions }: Pick<PartitionsAnswer, 'partitions'>): boolean {
  return partitions.some(({ typeName, fileSystem }) => /vmfs/i.test(`${typeName} ${fileSystem?.type ?? ''}`));
}

/** What is known of the volumes on an image's disk. They are looked for unasked where there should be some, or where that is quick. */
export function useVolumes(path: string, layout: PartitionsAnswer | null): VmfsLook | null {
  const client = useClient();
  const row = useCase((state) => state.chains.byPath.get(path));
  const look = useLooks((state) => state.looks.get(path)) ?? null;
  const known = look !== null && row !== undefined && (look.stamp === stampOf(row) || look.state === 'running');
  const lost = layout?.type === 'none' && layout.fileSystem === null && row?.format === 'raw';
  const wanted = layout !== null && (saysVmfs(layout) || (lost && row.diskBytes <= UNASKED));
  useEffect(() => {
    if (wanted && !known && row) void lookForVolumes(client, row);
  }, [client, wanted, known, row]);
  return known ? look : null;
}
