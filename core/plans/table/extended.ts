import { identifyFileSystem } from '../../formats/filesystems/identify.ts';
import type { ByteSource, Signal } from '../../io/source.ts';
import { buildMbr } from '../../partitions/build.ts';
import { type BootRecord, isExtended, readBootRecord, readMbrPartitions } from '../../partitions/mbr.ts';
import type { Partition, PartitionTable } from '../../partitions/table.ts';
import { Draft } from '../draft.ts';
import type { Lost } from './witnesses.ts';

/** First cylinder that a partition of type 05 may not end behind. */
const CYLINDERS = 1024 * 255 * 63;
/** An extended partition takes the last entry, so that what lies before it gets the first ones. */
export const EXTENDED_SLOT = 4;
const MAX_RECORDS = 1024;

/** An extended boot record, in sectors. */
interface Link {
  at: number;
  /** Last sector of its logical partition. */
  end: number;
  /** The next record, and the sectors it rules over, from the start of the first record; null in the last. */
  next: { offset: number; sectors: number } | null;
}

/**
 * The extended partition whose entry is gone, with the logical ones that its chain of boot records still names. The longest
 * chain that is whole counts; one of a single record counts where a file system stands in it. Empty when there is none.
 * @param marks bytes at which boot records may stand
 * @param covered places of live volumes: a chain in there is a guest's
 */
export async function lostExtended(
  source: ByteSource,
  { sectorSize, sectors }: PartitionTable,
  marks: readonly number[],
  covered: readonly Pick<Lost, 'start' | 'end'>[],
  signal?: Signal,
): Promise<Partition[]> {
  const links = new Map<number, Link>();
  for (const mark of marks) {
    const at = mark / sectorSize;
    const inVolume = covered.some(({ start, end }) => at > start && at <= (end ?? start));
    if (at === 0 || !Number.isInteger(at) || inVolume || links.size >= MAX_RECORDS) continue;
    const link = asLink(await readBootRecord(source, mark, signal), at, sectors);
    if (link) links.set(at, link);
  }
  let best: Link[] = [];
  for (const { at } of links.values()) {
    const chain = chainFrom(at, links);
    if (chain.length > best.length) best = chain;
  }
  const head = best[0];
  if (!head) return [];
  const end = best.reduce(
    (most, link) => Math.max(most, link.end, link.next ? head.at + link.next.offset + link.next.sectors - 1 : 0),
    0,
  );
  if (end >= sectors) return [];
  const draft = new Draft(source);
  const entry = { number: EXTENDED_SLOT, start: head.at, sectors: end - head.at + 1, bootable: false };
  const { at, bytes } = buildMbr(new Uint8Array(512), [{ ...entry, type: end < CYLINDERS ? 0x05 : 0x0f }]);
  await draft.write(at, bytes, { why: '' });
  const record = await readBootRecord(draft, 0, signal);
  if (!record) return [];
  const { partitions, faults } = await readMbrPartitions(draft, record, sectorSize, signal);
  // a live volume that lies across says that the chain is left over from before
  const across = covered.some(
    (one) =>
      one.start <= end && head.at <= (one.end ?? one.start) && !partitions.some(({ start }) => start === one.start),
  );
  if (faults.length > 0 || across) return [];
  if (best.length > 1) return partitions;
  for (const { kind, start, sectors: length } of partitions) {
    if (kind !== 'logical') continue;
    if (await identifyFileSystem(source, { at: start * sectorSize, length: length * sectorSize }, signal))
      return partitions;
  }
  return [];
}

/** A record as tools write them: no code, one partition behind it, and perhaps a link. */
function asLink(record: BootRecord | null, at: number, sectors: number): Link | null {
  if (!record?.signatureOk || !record.statusOk || record.bytes.subarray(0, 440).some((byte) => byte !== 0)) return null;
  const [data, next, ...more] = record.used;
  if (!data || data.slot !== 0 || isExtended(data.entry.type) || data.entry.type === 0 || more.length > 0) return null;
  if (next && (next.slot !== 1 || !isExtended(next.entry.type))) return null;
  const end = at + data.entry.firstLba + data.entry.sectorCount - 1;
  if (data.entry.firstLba === 0 || end >= sectors) return null;
  const { firstLba = 0, sectorCount = 0 } = next?.entry ?? {};
  return { at, end, next: next ? { offset: firstLba, sectors: sectorCount } : null };
}

/** The records from one on, if it is the first: links count from there. Empty unless the chain comes to its end. */
function chainFrom(first: number, links: ReadonlyMap<number, Link>): Link[] {
  const out: Link[] = [];
  for (let at: number | null = first; at !== null; ) {
    const link = links.get(at);
    // a chain that goes on ascends
    if (!link || link.at <= (out.at(-1)?.at ?? -1)) return [];
    out.push(link);
    at = link.next && first + link.next.offset;
  }
  return out;
}
