import { refusal } from '../../errors.ts';
import type { Finding } from '../../findings/finding.ts';
import { identifyFileSystem } from '../../formats/filesystems/identify.ts';
import { gptEntry } from '../../formats/gpt/layout.ts';
import { NearSource } from '../../io/near.ts';
import type { FileStamp } from '../../io/sink.ts';
import type { ByteSource, Signal } from '../../io/source.ts';
import { buildGpt, buildMbr, type GptEntryValue, type TableWrite, usualRoom } from '../../partitions/build.ts';
import { readBootRecord } from '../../partitions/mbr.ts';
import { type ProvedGpt, provedGpt, type TableRoom } from '../../partitions/proved.ts';
import { readTable } from '../../partitions/read.ts';
import { saidLarge } from '../../partitions/sectors.ts';
import { strayGptAmong } from '../../partitions/stray.ts';
import type { Partition, PartitionTable } from '../../partitions/table.ts';
import { fromHex } from '../../structure/codecs.ts';
import { entriesOf } from '../../vmfs/entries.ts';
import type { VmfsVolume } from '../../vmfs/found.ts';
import { readVolumes, type VmfsDisk } from '../../vmfs/volumes.ts';
import { Draft } from '../draft.ts';
import { type Plan, stepsOf, undoLength } from '../plan.ts';
import { EXTENDED_SLOT, lostExtended } from './extended.ts';
import { type Proposal, proposeTable } from './propose.ts';
import { lostFileSystems, lostVolumes, outgrown } from './witnesses.ts';

/** Of the disk signature in a master boot record. */
const DISK_ID = 440;

export interface RebuildRequest {
  /** Absolute path of the disk. */
  path: string;
  /** The disk's bytes, from its first sector. */
  source: ByteSource;
  stamp: FileStamp;
  findings: readonly Finding[];
  label: 'auto' | 'mbr' | 'gpt';
  /** Look at every sector, however long that takes; else where that is quick, or where something has to be missing. */
  everySector?: boolean;
  /** Of the disk, bytes; by itself what the table or the file systems show. */
  sectorSize?: number | undefined;
  /** Draws the ids of a new GPT and its partitions. */
  newId: () => string;
  /** Bytes the file system spends on the image. */
  allocated: number;
  memory?: (length: number) => Uint8Array;
  signal?: Signal | undefined;
  progress?: (done: number, total: number) => void;
}

/** A plan, and the table it writes; null where none is proposed. */
export interface RebuildPlan {
  plan: Plan;
  rebuild: Proposal | null;
}

/**
 * Plans a partition table from what the disk says: entries that are there, a surviving copy of a GPT, VMFS headers at any sector
 * and other file systems where partitions begin. Nothing is written. Where nothing is found the plan refuses.
 * @throws failure where the disk cannot be read; cancelled.
 */
export async function planRebuild(request: RebuildRequest): Promise<RebuildPlan> {
  const { path, source, label, signal } = request;
  let table = await readTable(source, { signal, sectorSize: request.sectorSize });
  let { volumes, others, searched, unread } = await readDisk(request, table);
  const leftOut: string[] = [];
  const older = table.source === 'backup' ? backupWithin(table, volumes) : null;
  if (older !== null) {
    leftOut.push(`The backup GPT at byte ${older} is left over from before: a VMFS volume lies over it.`);
    table = await readTable(source, { signal, sectorSize: request.sectorSize, backup: null });
    ({ volumes, others, searched, unread } = await readDisk(request, table));
  } else if (table.partitions.length === 0 || (table.type === 'gpt' && !table.valid)) {
    // the search of the disk also comes by copies of a GPT that nothing leads to
    const outside = others.filter((at) => !volumes.some((volume) => covers(volume, at)));
    const backup = await strayGptAmong(source, outside, signal);
    if (backup && backup.sectorSize === (request.sectorSize ?? backup.sectorSize)) {
      table = await readTable(source, { backup, sectorSize: backup.sectorSize, signal });
      ({ volumes, others, searched, unread } = await readDisk(request, table));
    }
  }
  const live = volumes.filter(({ stale }) => stale === null);
  const sized = table.type === 'none' && request.sectorSize === undefined;
  const saysLarge = sized && live.length === 0 && (await saidLarge(source, others, signal));
  const blocks = live.map(({ lvm, start }) => (lvm?.value.diskBlockSize === 4096 ? (start ?? 1) % 4096 : -1));
  if (saysLarge || (sized && blocks.length > 0 && blocks.every((rest) => rest === 0)))
    table = await readTable(source, { signal, sectorSize: 4096 });
  const onWhole =
    table.type === 'none' && live.length === 0
      ? await identifyFileSystem(source, { at: 0, length: source.size }, signal)
      : null;
  if (onWhole && onWhole.type !== 'vmfs' && label === 'auto') {
    const plan = emptyPlan(request);
    plan.refusals.push(
      `${onWhole.title} takes the whole disk, from its first sector: it has no partition table, and one would be written over it. Name the kind with --label where the disk had one all the same.`,
    );
    return { plan, rebuild: null };
  }
  const found = lostVolumes(volumes, table, leftOut);
  const whole = live.some(({ start }) => start === 0 || start === null);
  let extended: Partition[] = [];
  if (!whole) {
    const named = table.partitions.map(({ start, end }) => ({ start, end }));
    // the last entry is its own, and there is one at most
    if (
      !table.partitions.some(({ number, kind }) => number === EXTENDED_SLOT || kind === 'extended') &&
      table.type !== 'gpt'
    )
      extended = await lostExtended(source, table, others, [...found, ...named], signal);
    found.push(...(await outgrown(source, table, [...found, ...extended], { leftOut, signal })));
    const taken = [...named, ...found, ...extended];
    found.push(...(await lostFileSystems(source, table, taken, { marks: others, leftOut, signal })));
  }
  found.sort((a, b) => a.start - b.start);

  const plan = emptyPlan(request);
  if (unread.length > 0)
    plan.risks.push(`Of the disk ${unread.length} places cannot be read: what they hold is not known.`);
  if (saysLarge)
    plan.risks.push(
      'A file system says that it was made on a disk with sectors of 4096 bytes: the table counts in these.',
    );
  if (table.type === 'none' && !plan.findingsBefore.some(({ code }) => code === 'table.missing'))
    plan.findingsBefore.unshift(...table.findings.filter(({ code }) => code === 'table.missing'));
  if (!whole && !searched)
    plan.risks.push('Not every sector was looked at: what no entry and no volume covers may hold more.');
  if (whole && found.length === 0 && table.partitions.length === 0) {
    plan.refusals.push('The volume begins with this image: it is a partition, not a whole disk, and takes no table.');
    return { plan, rebuild: null };
  }
  if (table.partitions.length === 0 && found.length === 0 && extended.length === 0) {
    plan.refusals.push(
      `No lost partition was found: no header of VMFS or another file system ${searched ? 'at any sector' : 'where they usually are'}, no copy of a table.`,
      ...leftOut,
    );
    return { plan, rebuild: null };
  }
  const record = await readBootRecord(source, 0, signal);
  if (!record) throw refusal('unsupported', `${path} is too short for a partition table.`, { path });
  const protective = record.signatureOk && record.protective !== null;
  const proved = await provedGpt(source, table, signal);
  const room = proved?.room ?? usualRoom(table);
  const named = { ...table, partitions: [...table.partitions, ...extended] };
  const proposal = proposeTable(named, found, label, protective, room);
  proposal.leftOut.unshift(...leftOut);
  if (unread.length > 0 && table.type === 'none' && proposal.confidence === 'certain') proposal.confidence = 'likely';
  plan.risks.push(...proposal.leftOut);
  if (proposal.partitions.length === 0) {
    plan.refusals.push('Nothing that was found can be written to a table of this disk.', ...proposal.leftOut);
    return { plan, rebuild: null };
  }
  const doubt = undecided(table);
  if (doubt !== null) {
    plan.refusals.push(doubt);
    return { plan, rebuild: proposal };
  }
  const draft = new Draft(source);
  const unchanged = isRight(table, proposal);
  if (!unchanged) {
    const bad = notWritable(proposal, room);
    if (bad !== null) {
      plan.refusals.push(bad);
      return { plan, rebuild: proposal };
    }
    for (const { at, bytes, structure, title } of await writesFor(
      source,
      table,
      proposal,
      proved,
      record.bytes,
      request,
    ))
      await draft.write(at, bytes, { why: `The ${title}. ${proposal.reason}`, structure });
    if (proposal.label === 'msdos' && table.type === 'gpt')
      plan.risks.push('Headers of the GPT stay where they are; systems use the MBR, since it has no protective entry.');
  }
  plan.steps = stepsOf(draft.edits, path);
  if (plan.steps.length > 0) {
    plan.strategy = 'rebuild-table';
    plan.strategies = ['rebuild-table'];
  }
  plan.findingsAfter = (await readTable(draft, { signal, sectorSize: table.sectorSize })).findings;
  plan.journalBytes = plan.steps.reduce((sum, step) => sum + undoLength(step), 0);
  return { plan, rebuild: proposal };
}

/** Whether a live volume lies over a byte. */
function covers({ start, length, stale }: VmfsVolume, at: number): boolean {
  return stale === null && start !== null && start <= at && at < start + (length ?? 0);
}

/** Byte of the backup GPT that a live volume lies over: none of its partitions can, so it is older. Null when none does. */
function backupWithin({ structures }: PartitionTable, volumes: readonly VmfsVolume[]): number | null {
  const at = structures.find(({ id }) => id === 'gpt-backup')?.at ?? null;
  return at !== null && volumes.some((volume) => covers(volume, at)) ? at : null;
}

/** VMFS volumes, and where a search of the disk saw marks of anything else. */
function readDisk(
  { source, allocated, everySector, memory, progress, signal }: RebuildRequest,
  table: PartitionTable,
): Promise<VmfsDisk> {
  return readVolumes(source, {
    partitions: entriesOf(table),
    allocated,
    others: true,
    ...(everySector ? { search: 'always' as const } : {}),
    ...(memory ? { memory } : {}),
    ...(progress ? { progress } : {}),
    ...(signal ? { signal } : {}),
  });
}

function emptyPlan({ path, source, stamp, findings }: RebuildRequest): Plan {
  return {
    schema: 'platter.plan/1',
    kind: 'rebuild-table',
    strategy: '',
    strategies: [],
    notes: [],
    target: path,
    targets: [{ path, identity: stamp.identity, size: stamp.size, modifiedNs: stamp.modifiedNs, metadata: [] }],
    steps: [],
    copies: [],
    lost: [],
    draftOnly: false,
    lossy: false,
    risks: [],
    refusals: [],
    alternatives: [],
    findingsBefore: [...findings],
    findingsAfter: [...findings],
    sizeBefore: source.size,
    sizeAfter: source.size,
    journalBytes: 0,
  };
}

/** Whether the present table is whole and says what is proposed. */
function isRight(table: PartitionTable, { label, partitions }: Proposal): boolean {
  const broken = table.findings.some(({ code }) => REBUILT.has(code));
  const same =
    table.partitions.length === partitions.length &&
    table.partitions.every((entry, index) => {
      const one = partitions[index];
      return (
        one?.number === entry.number &&
        one.start === entry.start &&
        one.end === entry.end &&
        one.type === entry.type &&
        one.guid === entry.guid
      );
    });
  return same && !broken && table.valid && table.type === (label === 'gpt' ? 'gpt' : 'mbr');
}

/** What is wrong with a table and not put right by its entries: a person has to decide. Null when nothing is. */
function undecided({ type, findings }: PartitionTable): string | null {
  const unproved = findings.some(
    ({ code, severity, prognosis }) => code.startsWith('gpt.') && severity === 'error' && prognosis === 'decision',
  );
  if (type === 'gpt' && unproved)
    return 'No copy of the GPT is proved by its checksums, so which entries are right has to be decided. Nothing is written over them.';
  const left = findings.find(({ code, severity }) => severity === 'error' && UNDECIDED.has(code));
  return left ? `${left.message} This is not put right here: it has to be decided first.` : null;
}

const UNDECIDED: ReadonlySet<string> = new Set(['table.chain', 'table.loop', 'table.overlap', 'gpt.copies-differ']);

/** What writing the same entries again puts right. */
const REBUILT: ReadonlySet<string> = new Set([
  'table.signature',
  'gpt.primary-checksum',
  'gpt.primary-missing',
  'gpt.backup-checksum',
  'gpt.backup-missing',
  'gpt.backup-misplaced',
  'gpt.copies-differ',
  'gpt.array-checksum',
  'gpt.protective-missing',
]);

/** Why a proposal is not written; null when it can be. Logical partitions are kept as they are: their records stand elsewhere. */
function notWritable({ label, partitions }: Proposal, { first, last, entries }: TableRoom): string | null {
  const out = partitions.find(({ start, end }) => start < first || end > last || end < start);
  if (label === 'gpt' && out)
    return `Partition ${out.number}, from ${out.start} to ${out.end}, is not within ${first} to ${last}, the sectors a GPT of this disk gives away.`;
  if (label === 'gpt' && partitions.some(({ number }) => number > entries))
    return `The GPT of this disk has ${entries} entries, and more are needed.`;
  const sorted = partitions.filter(({ from }) => from?.kind !== 'extended').sort((a, b) => a.start - b.start);
  const over = sorted.find((entry, index) => entry.start <= (sorted[index - 1]?.end ?? -1));
  if (over)
    return `Partition ${over.number}, from ${over.start}, lies over another: which of them is right has to be decided first.`;
  const logical = partitions.filter(({ from }) => from?.kind === 'logical');
  if (label === 'gpt' && partitions.some(({ from }) => from?.kind === 'extended'))
    return 'A table with an extended partition is not turned into a GPT.';
  if (logical.some(({ from, end, type }) => from?.end !== end || from.type !== type))
    return 'A logical partition differs from what stands on it, and extended boot records are not written.';
  if (label === 'msdos' && partitions.some(({ number, from }) => number > 4 && from?.kind !== 'logical'))
    return 'An MBR has four entries, and more are needed.';
  return null;
}

async function writesFor(
  source: ByteSource,
  table: PartitionTable,
  { label, partitions }: Proposal,
  proved: ProvedGpt | null,
  boot: Uint8Array,
  { newId, signal }: RebuildRequest,
): Promise<TableWrite[]> {
  if (label === 'msdos') {
    const entries = partitions
      .filter(({ number, type }) => number <= 4 && type !== null)
      .map(({ number, start, sectors, type, from }) => ({
        number,
        start,
        sectors,
        type: type ?? 0,
        bootable: from?.bootable ?? false,
      }));
    const base = boot.slice();
    // systems tell disks apart by it: a table that is new gets one, too
    if (table.type === 'none' && base.subarray(DISK_ID, DISK_ID + 4).every((byte) => byte === 0))
      base.set(fromHex(newId().slice(-8)), DISK_ID);
    return [buildMbr(base, entries)];
  }
  const near = new NearSource(source);
  const entries: GptEntryValue[] = [];
  for (const { number, start, end, guid, name, from } of partitions) {
    const raw = from?.guid ? await near.read(from.entryAt, gptEntry.length, signal) : null;
    entries.push({ number, start, end, guid: guid ?? '', id: newId(), name, attributes: 0n, raw });
  }
  const { sectors, sectorSize, type, diskId } = table;
  return buildGpt({
    sectors,
    sectorSize,
    diskId: type === 'gpt' && diskId !== null ? diskId : newId(),
    entries,
    boot,
    primaryFirst: table.source === 'backup',
    proved,
  });
}
