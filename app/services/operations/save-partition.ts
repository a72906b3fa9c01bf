import { join as joinPath, parse as parsePath } from 'node:path';
import type { ApplyEnvironment } from '../../../core/apply/environment.ts';
import { type OpenChain, openChain } from '../../../core/chain/open.ts';
import { refusal } from '../../../core/errors.ts';
import type { Signal } from '../../../core/io/source.ts';
import { readLayout } from '../../../core/partitions/disk.ts';
import { holesAsZeros } from '../../../core/partitions/guest.ts';
import { readTable } from '../../../core/partitions/read.ts';

import type { Input } from '../../contract/contract.ts';
import type { PartitionsAnswer, SavedPartition } from '../../contract/types.ts';
import type { JobContext } from '../../jobs/jobs.ts';
import type { Case } from '../case.ts';
import type { Disks } from '../disks.ts';
import type { DeskParts } from './desk.ts';
import { exportChain } from './export.ts';

/** Names that are looked for, and holes that are listed. */
const MAX_NAMES = 128;
const MAX_HOLES = 1000;

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

/** Partitions of the case's disks, for pages. */
export class Partitions {
  readonly #parts: DeskParts;
  readonly #case: Case;
  readonly #disks: Disks;

  constructor(parts: DeskParts, opened: Case, disks: Disks) {
    this.#parts = parts;
    this.#case = opened;
    this.#disks = disks;
  }

  list({ path, sectorSize }: Input<'disk.partitions'>, signal: Signal): Promise<PartitionsAnswer> {
    return this.#disks.withChain(
      path,
      async ({ disk }) => {
        const options = { sectorSize: sectorSize ?? undefined, signal };
        const layout = await readLayout(holesAsZeros(disk), options);
        const suggestedOutputs: Record<number, string> = {};
        for (const { number } of layout.partitions.slice(0, MAX_NAMES))
          suggestedOutputs[number] = await this.#freeName(path, number);
        return { ...layout, size: disk.size, suggestedOutputs };
      },
      signal,
    );
  }

  /** `disk.partition-2.raw`, `disk.partition-2-2.raw` … beside the image: the first that is not there. */
  async #freeName(image: string, number: number): Promise<string> {
    const { dir, name } = parsePath(image);
    for (let count = 1; ; count += 1) {
      const candidate = joinPath(dir, `${name}.partition-${number}${count === 1 ? '' : `-${count}`}.raw`);
      if (!(await this.#parts.env.files.stamp(candidate))) return candidate;
    }
  }

  async save(
    { path, partition, sectorSize, output, holes }: Input<'partition.save'>,
    context: JobContext<never>,
  ): Promise<SavedPartition> {
    // a path the host may not open is not written to: its file system refuses it
    await this.#parts.files.info(output);
    const missingParent = holes ? ('holes' as const) : ('refuse' as const);
    const chain = await openChain(path, this.#case.lookup, { missingParent }, context.flag);
    try {
      const saved = await savePartition(chain, this.#parts.env, {
        number: partition,
        sectorSize: sectorSize ?? undefined,
        output,
        holes,
        progress: (phase, done, total) => context.progress(phase, done, total, 'bytes'),
        signal: context.flag,
      });
      await this.#parts.changed([output], context);
      return { ...saved, holes: saved.holes.slice(0, MAX_HOLES) };
    } finally {
      await chain.close();
    }
  }
}
