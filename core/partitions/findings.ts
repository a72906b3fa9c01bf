import type { Finding } from '../findings/finding.ts';
import { makeFinding } from '../findings/make.ts';
import { type GptCopy, isGood, saySame } from './gpt.ts';
import type { ChainFault } from './mbr.ts';
import type { Partition } from './table.ts';

const SECTOR = 512;
/** Entries that are compared with each other; more is a disk made to keep programs busy. */
const MAX_COMPARED = 2048;

/** What is wrong with where partitions lie. */
export function judgeEntries(partitions: readonly Partition[], sectors: number, sectorSize: number): Finding[] {
  const out: Finding[] = [];
  for (const { number, start, end, entryAt, guid } of partitions) {
    const place = {
      offset: entryAt,
      length: guid === null ? 16 : 128,
      structure: guid === null ? 'mbr.partition' : 'gpt.entry',
    };
    if (end < start)
      out.push(
        makeFinding(
          'table.entry',
          'decision',
          `Partition ${number} ends at sector ${end}, before its start ${start}.`,
          place,
        ),
      );
    else if (end >= sectors)
      out.push(
        makeFinding(
          'table.beyond-end',
          'decision',
          `Partition ${number} ends at sector ${end}; the disk's last one is ${sectors - 1}. ${end - Math.max(start, sectors) + 1} sectors of it are not there.`,
          place,
        ),
      );
  }
  const data = partitions
    .filter(({ kind, end, start }) => kind !== 'extended' && end >= start)
    .sort((a, b) => a.start - b.start)
    .slice(0, MAX_COMPARED);
  let furthest: Partition | null = null;
  for (const one of data) {
    if (furthest && one.start <= furthest.end)
      out.push(
        makeFinding(
          'table.overlap',
          'decision',
          `Partitions ${furthest.number} and ${one.number} share the sectors ${one.start} to ${Math.min(one.end, furthest.end)}.`,
          { offset: one.start * sectorSize, length: (Math.min(one.end, furthest.end) - one.start + 1) * sectorSize },
        ),
      );
    if (!furthest || one.end > furthest.end) furthest = one;
  }
  return out;
}

/** What is wrong with the chain of extended boot records. */
export function judgeFaults(faults: readonly ChainFault[], sectorSize: number): Finding[] {
  return faults.map(({ kind, sector, from }): Finding => {
    const place = { offset: sector * sectorSize, length: SECTOR, structure: 'mbr.sector' };
    switch (kind) {
      case 'loop':
        return makeFinding(
          'table.loop',
          'decision',
          `The extended boot record in sector ${from} leads back to the one in sector ${sector}. What comes before is listed once.`,
          { ...place, offset: from * sectorSize },
        );
      case 'too-long':
        return makeFinding(
          'table.loop',
          'decision',
          `The chain of extended boot records has no end before sector ${sector}.`,
          place,
        );
      case 'broken':
        return makeFinding(
          'table.chain',
          'decision',
          `Sector ${from} says that an extended boot record stands in sector ${sector}, but there is none. Logical partitions behind it are not found.`,
          { ...place, offset: from * sectorSize },
        );
      case 'hidden-entry':
        return makeFinding(
          'table.hidden-entry',
          'cosmetic',
          `The extended boot record in sector ${sector} has another partition in its entry ${from} that lies outside of it. Linux leaves it out, and so it has no number.`,
          place,
        );
    }
  });
}

interface GptSurroundings {
  /** The MBR has a protective entry. */
  protective: boolean;
  hybrid: readonly Partition[];
  sectors: number;
  sectorSize: number;
}

/** What is wrong with the two copies of a GPT, and with the MBR in front of them. */
export function judgeGpt(
  { primary, backup }: { primary: GptCopy | null; backup: GptCopy | null },
  { protective, hybrid, sectors, sectorSize }: GptSurroundings,
): Finding[] {
  const out: Finding[] = [];
  const header = (at: number): { offset: number; length: number; structure: string } => {
    return { offset: at, length: SECTOR, structure: 'gpt.header' };
  };
  const spare = isGood(backup) ? 'no-loss' : 'decision';
  if (!primary)
    out.push(
      makeFinding(
        'gpt.primary-missing',
        spare,
        backup
          ? `Sector 1 holds no GPT header; the backup in sector ${backup.lba} was read.`
          : 'The MBR says that a GPT follows, but sector 1 holds none.',
        header(sectorSize),
      ),
    );
  else if (!primary.headerOk) out.push(checksum('gpt.primary-checksum', primary, spare));
  if (primary?.headerOk && !primary.array?.crcOk) out.push(arrayFinding(primary, 'primary', spare, 'error'));

  const last = sectors - 1;
  const same = isGood(primary) ? 'no-loss' : 'decision';
  if (!backup)
    out.push(
      makeFinding(
        'gpt.backup-missing',
        same,
        `The disk's last sector, ${last}, holds no backup of the GPT.`,
        header(last * sectorSize),
      ),
    );
  else {
    if (!backup.headerOk) out.push(checksum('gpt.backup-checksum', backup, same));
    else if (!backup.array?.crcOk) out.push(arrayFinding(backup, 'backup', same, 'warning'));
    if (backup.lba !== last)
      out.push(
        makeFinding(
          'gpt.backup-misplaced',
          'cosmetic',
          `The backup stands in sector ${backup.lba}; the disk's last one is ${last}. The disk has grown by ${last - backup.lba} sectors since the table was made.`,
          header(backup.at),
        ),
      );
    if (primary && isGood(primary) && isGood(backup) && !saySame(primary, backup))
      out.push(
        makeFinding(
          'gpt.copies-differ',
          'decision',
          `The primary and the backup in sector ${backup.lba} are both whole and do not say the same. Systems take the primary, and so does this listing.`,
          header(backup.at),
        ),
      );
  }
  if (!protective && (primary || backup))
    out.push(
      makeFinding(
        'gpt.protective-missing',
        'no-loss',
        'Sector 0 has no protective entry: many systems do not look for a GPT then.',
        {
          offset: 0,
          length: SECTOR,
          structure: 'mbr.sector',
        },
      ),
    );
  if (hybrid.length > 0)
    out.push(
      makeFinding(
        'gpt.hybrid',
        'cosmetic',
        `Beside the protective entry the MBR has ${hybrid.length} more: old systems see them, others the GPT.`,
        { offset: 446, length: 64, structure: 'mbr.sector' },
      ),
    );
  return out;
}

function checksum(
  code: 'gpt.primary-checksum' | 'gpt.backup-checksum',
  { at, lba, value, crcOk }: GptCopy,
  prognosis: Finding['prognosis'],
): Finding {
  const message = crcOk
    ? `The header in sector ${lba} says it stands in sector ${value.myLba}: it was copied from there.`
    : `The header in sector ${lba} does not fit its checksum 0x${value.headerCrc32.toString(16).padStart(8, '0')}.`;
  const field = crcOk ? 'myLba' : 'headerCrc32';
  return makeFinding(code, prognosis, message, { offset: at, length: SECTOR, structure: 'gpt.header', field });
}

function arrayFinding(
  { at, value, array }: GptCopy,
  which: 'primary' | 'backup',
  prognosis: Finding['prognosis'],
  severity: 'error' | 'warning',
): Finding {
  const message = array
    ? `The ${value.numberOfPartitionEntries} entries of the ${which} do not fit their checksum.`
    : `The ${which} header names no array of entries that lies on the disk.`;
  const place = array ? { offset: array.at, length: array.bytes.length } : { offset: at, length: SECTOR };
  return makeFinding('gpt.array-checksum', prognosis, message, {
    ...place,
    severity,
    structure: 'gpt.header',
    field: 'partitionEntryArrayCrc32',
  });
}
