import type { Finding } from '../findings/finding.ts';
import { makeFinding } from '../findings/make.ts';
import { identifyFileSystem } from '../formats/filesystems/identify.ts';
import { NearSource } from '../io/near.ts';
import type { ByteSource, Signal } from '../io/source.ts';
import { judgeEntries, judgeFaults, judgeGpt } from './findings.ts';
import { backupPlaces, findInTail, type GptCopy, gptPartitions, gptStructures, isGood, readGptCopy } from './gpt.ts';
import { areLikely, type BootRecord, readBootRecord, readMbrPartitions } from './mbr.ts';
import { countsLarge, sectorSizeOf } from './sectors.ts';
import { findStrayGpt } from './stray.ts';
import type { PartitionTable, TableOptions } from './table.ts';

const SECTOR = 512;

/**
 * Reads the partition table of a disk: a GPT where one stands behind a protective entry or alone, else the MBR with its
 * chains of extended boot records. Nothing in the data is an error: what is wrong is in the findings.
 * @throws failure where the table's place cannot be read; cancelled.
 */
export async function readTable(disk: ByteSource, options: TableOptions = {}): Promise<PartitionTable> {
  const { signal } = options;
  const source = new NearSource(disk);
  const record = await readBootRecord(source, 0, signal);
  let sectorSize = options.sectorSize ?? (await sectorSizeOf(source, record, signal));
  let sectors = Math.floor(source.size / sectorSize);
  const copies = await readCopies(source, record, sectorSize, signal);
  if (options.backup === null) copies.backup = null;
  const plain = record ? (record.signatureOk && record.statusOk ? record.used : []) : [];
  // entries of an MBR without a protective one are the newer table: what partitioned the disk knew no GPT
  const overruled = record !== null && !record.protective && plain.length > 0 && areLikely(plain, sectors);
  const lacks = !overruled && !isGood(copies.primary) && !isGood(copies.backup);
  if (lacks && options.backup !== null && (await mayBeGpt(source, record, signal))) {
    const sizes = options.sectorSize === undefined ? [SECTOR, 4096] : [sectorSize];
    const stray = options.backup ?? (await findStrayGpt(disk, sizes, signal));
    if (stray) {
      sectorSize = stray.sectorSize;
      sectors = Math.floor(source.size / sectorSize);
      copies.primary = await readGptCopy(source, 1, sectorSize, signal);
      copies.backup = await readGptCopy(source, stray.lba, sectorSize, signal);
    }
  }
  if ((copies.primary || copies.backup) && !overruled)
    return readGpt(source, record, copies, sectorSize, sectors, signal);
  if (options.sectorSize === undefined && record && (await countsLarge(source, record, signal))) {
    const table = await readMbr(source, record, copies, 4096, Math.floor(source.size / 4096), signal);
    return { ...table, findings: [largeSectors(), ...table.findings] };
  }
  return readMbr(source, record, copies, sectorSize, sectors, signal);
}

/** Whether a GPT can have been where none is found: the first sector says so, or there is nothing on the disk's start. */
async function mayBeGpt(source: ByteSource, record: BootRecord | null, signal?: Signal): Promise<boolean> {
  if (!record) return false;
  if (record.signatureOk && record.protective) return true;
  if (record.used.length > 0 && isTable(record, Math.floor(source.size / SECTOR), false)) return false;
  return (await identifyFileSystem(source, { at: 0, length: source.size }, signal)) === null;
}

interface Copies {
  primary: GptCopy | null;
  backup: GptCopy | null;
}

async function readCopies(
  source: ByteSource,
  record: BootRecord | null,
  sectorSize: number,
  signal?: Signal,
): Promise<Copies> {
  const primary = await readGptCopy(source, 1, sectorSize, signal);
  return { primary, backup: await findBackup(source, primary, record, sectorSize, signal) };
}

async function findBackup(
  source: ByteSource,
  primary: GptCopy | null,
  record: BootRecord | null,
  sectorSize: number,
  signal?: Signal,
): Promise<GptCopy | null> {
  const sectors = Math.floor(source.size / sectorSize);
  let damaged: GptCopy | null = null;
  const protective = record?.signatureOk ? (record.protective?.sectorCount ?? null) : null;
  for (const lba of backupPlaces(primary, sectors, protective)) {
    const copy = await readGptCopy(source, lba, sectorSize, signal);
    if (copy?.headerOk) return copy;
    damaged ??= copy;
  }
  if (damaged) return damaged;
  if (isGood(primary) || (!primary && protective === null)) return null;
  const lba = await findInTail(source, sectorSize, signal);
  return lba === null ? null : readGptCopy(source, lba, sectorSize, signal);
}

async function readGpt(
  source: ByteSource,
  record: BootRecord | null,
  { primary, backup }: Copies,
  sectorSize: number,
  sectors: number,
  signal?: Signal,
): Promise<PartitionTable> {
  const ranked = [primary, backup].filter((copy) => copy !== null);
  const chosen =
    ranked.find(isGood) ??
    ranked.find(({ array }) => array?.crcOk) ??
    ranked.find(({ headerOk }) => headerOk) ??
    ranked[0];
  const front = record?.signatureOk ? await readMbrPartitions(source, record, sectorSize, signal) : null;
  const hybrid = (front?.partitions ?? []).filter(({ type }) => type !== 0xee);
  const partitions = chosen ? gptPartitions(chosen, sectorSize) : [];
  const findings = [
    ...judgeGpt({ primary, backup }, { protective: Boolean(record?.protective), hybrid, sectors, sectorSize }),
    ...judgeEntries(partitions, sectors, sectorSize),
  ];
  const structures = [
    ...(front?.structures ?? []),
    ...(primary ? gptStructures('gpt', primary) : []),
    ...(backup ? gptStructures('gpt-backup', backup) : []),
  ];
  return {
    sectorSize,
    sectors,
    type: 'gpt',
    source: chosen === backup ? 'backup' : 'primary',
    valid: isGood(chosen ?? null),
    diskId: chosen?.value.diskGuid ?? null,
    firstUsable: chosen ? Number(chosen.value.firstUsableLba) : null,
    lastUsable: chosen ? Number(chosen.value.lastUsableLba) : null,
    partitions,
    hybrid,
    structures: structures.sort((a, b) => a.at - b.at || b.length - a.length),
    findings,
  };
}

async function readMbr(
  source: ByteSource,
  record: BootRecord | null,
  { primary, backup }: Copies,
  sectorSize: number,
  sectors: number,
  signal?: Signal,
): Promise<PartitionTable> {
  const none: PartitionTable = {
    sectorSize,
    sectors,
    type: 'none',
    source: 'primary',
    valid: false,
    diskId: null,
    firstUsable: null,
    lastUsable: null,
    partitions: [],
    hybrid: [],
    structures: [],
    findings: [],
  };
  const whole = await identifyFileSystem(source, { at: 0, length: source.size }, signal);
  if (!record || !isTable(record, sectors, whole !== null)) {
    const findings = whole ? [] : [missing(source.size)];
    return { ...none, findings };
  }
  if (record.signatureOk && record.protective && record.used.length === 1) {
    const findings = judgeGpt({ primary, backup }, { protective: true, hybrid: [], sectors, sectorSize });
    const { structures } = await readMbrPartitions(source, record, sectorSize, signal);
    return { ...none, structures, findings };
  }
  const { partitions, structures, faults } = await readMbrPartitions(source, record, sectorSize, signal);
  const findings: Finding[] = [];
  if (!record.signatureOk)
    findings.push(
      makeFinding(
        'table.signature',
        'no-loss',
        'The first sector has partition entries, but does not end in 55 aa: no system looks at them.',
        {
          offset: 510,
          length: 2,
          structure: 'mbr.sector',
          field: 'signature',
        },
      ),
    );
  if (!record.statusOk)
    findings.push(
      makeFinding(
        'table.entry',
        'no-loss',
        'An entry is neither active (80) nor inactive (00). Linux takes no entry of such a table.',
        {
          offset: 446,
          length: 64,
          structure: 'mbr.sector',
        },
      ),
    );
  findings.push(...judgeFaults(faults, sectorSize), ...judgeEntries(partitions, sectors, sectorSize));
  const left = primary ?? backup;
  if (left?.crcOk)
    findings.push(
      makeFinding(
        'gpt.stale',
        'cosmetic',
        `A GPT header is left in sector ${left.lba}, but the MBR has no protective entry: systems use the MBR.`,
        {
          offset: left.at,
          length: SECTOR,
          structure: 'gpt.header',
        },
      ),
    );
  return {
    ...none,
    type: 'mbr',
    valid: record.signatureOk && record.statusOk,
    diskId: record.value.diskSignature.toString(16).padStart(8, '0'),
    partitions: partitions.sort((a, b) => a.number - b.number),
    structures: structures.sort((a, b) => a.at - b.at),
    findings,
  };
}

/** A boot sector of a file system ends in 55 aa as well, and has code or text where the entries of a table are. */
function isTable(record: BootRecord, sectors: number, fileSystem: boolean): boolean {
  const { signatureOk, statusOk, used } = record;
  if (!signatureOk) return statusOk && !fileSystem && areLikely(used, sectors);
  if (!statusOk) return !fileSystem && areLikely(used, sectors);
  if (used.length === 0) return !fileSystem;
  return !fileSystem || used.some(({ entry }) => entry.firstLba + entry.sectorCount <= sectors && entry.type !== 0);
}

function largeSectors(): Finding {
  return makeFinding(
    'table.sector-size',
    'cosmetic',
    'The file systems stand where the entries say only in sectors of 4096 bytes, and so the table is read in these. A host that shows the disk in sectors of 512 finds none of them.',
    { offset: 446, length: 64, structure: 'mbr.sector' },
  );
}

function missing(size: number): Finding {
  return makeFinding(
    'table.missing',
    'no-loss',
    size < SECTOR
      ? 'The disk is shorter than a sector: there is no partition table.'
      : 'The disk begins with no partition table, and with no file system that Platter knows.',
    { offset: 0, length: Math.min(SECTOR, size) },
  );
}
