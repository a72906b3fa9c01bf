import type { ApplyEnvironment } from '../../../core/apply/environment.ts';
import type { OpenChain } from '../../../core/chain/open.ts';
import { refusal } from '../../../core/errors.ts';
import type { Extent } from '../../../core/findings/finding.ts';
import type { Signal } from '../../../core/io/source.ts';
import { holesAsZeros } from '../../../core/partitions/guest.ts';
import { readTable } from '../../../core/partitions/read.ts';

import { exportChain } from './export.ts';

export interface SavePartitionRequest {
  number: number;
  /** As the table was read with; null or absent for what the table shows. */
  sectorSize?: number | undefined;
  output: string;
  /** The chain was opened with holes for what is missing, and they are to be written as zeros. */
  holes: boolean;
  progress?: (phase: string, done: number, total: number) => void;
  signal?: Signal;
}

export interface SavedPartition {
  operation: string;
  output: string;
  /** Bytes written. */
  size: number;
  sha256: string;
  /** Bytes of the partition that lie past the disk's end. */
  missing: number;
  /** In guest offsets. */
  holes: Extent[];
}

/** Writes one partition of an opened chain to a new file, sparse, hashed and read back. @throws refusal `out-of-range`. */
export async function savePartition(
  chain: OpenChain,
  env: ApplyEnvironment,
  request: SavePartitionRequest,
): Promise<SavedPartition> {
  const { number, sectorSize, signal, progress, output, holes } = request;
  const source = holesAsZeros(chain.disk);
  const table = await readTable(source, { sectorSize, signal });
  const partition = table.partitions.find((one) => one.number === number);
  if (!partition)
    throw refusal('out-of-range', `The disk has no partition ${number}.`, {
      path: chain.members[0]?.path ?? '',
      hint: 'platter partitions lists what it has.',
    });
  const offset = partition.start * table.sectorSize;
  const whole = partition.sectors * table.sectorSize;
  const length = Math.max(0, Math.min(whole, source.size - offset));
  if (length === 0) throw refusal('out-of-range', `Partition ${number} lies past the end of the disk.`);
  const exported = await exportChain(chain, env, {
    output,
    format: 'raw',
    flavour: 'xenserver',
    azure: false,
    hash: true,
    holes,
    range: { offset, length },
    ...(progress ? { progress } : {}),
    ...(signal ? { signal } : {}),
  });
  return {
    operation: exported.operation,
    output,
    size: length,
    sha256: exported.guestSha256 ?? '',
    missing: whole - length,
    holes: exported.holes,
  };
}
