import type { Step } from '../../../core/plans/plan.ts';
import { decodeUtf16 } from '../../../core/structure/codecs.ts';
import { formatCount, formatOffset } from '../../ui/format.ts';
import type { FieldChange } from './preview.ts';

/** What steps call parts of a VHD that no table of fields describes. */
export const TABLE_TITLES: Readonly<Record<string, string>> = {
  'vhd.bat': 'Block allocation table',
  'vhd.bitmap': 'Sector bitmap',
  'vhd.batmap-bits': 'Batmap',
  'vhd.locator-text': 'Parent locator',
};

/** Entries of a table that are named one by one; the rest is counted. */
const MAX_ENTRIES = 12;
const SECTOR = 512;
const UNALLOCATED = 0xffff_ffff;

/** What a write changes in a table of numbers, a bitmap or a text. */
export function describeTable(
  { structure, offset }: Pick<Step, 'structure' | 'offset'>,
  before: Uint8Array,
  after: Uint8Array,
  tableAt: number | null,
): FieldChange[] {
  switch (structure) {
    case 'vhd.bat':
      return entries(offset, before, after, tableAt);
    case 'vhd.bitmap':
      return [counted('sectors held', before, after)];
    case 'vhd.batmap-bits':
      return [counted('full blocks', before, after)];
    case 'vhd.locator-text':
      return [
        { name: 'path', tone: 0, before: before.length === 0 ? null : text(before), after: text(after), note: null },
      ];
    default:
      return [];
  }
}

function entries(offset: number, before: Uint8Array, after: Uint8Array, tableAt: number | null): FieldChange[] {
  const out: FieldChange[] = [];
  let more = 0;
  for (let at = 0; at + 4 <= after.length; at += 4) {
    const is = word(after, at);
    const was = at + 4 <= before.length ? word(before, at) : null;
    if (is === was) continue;
    if (out.length >= MAX_ENTRIES) {
      more += 1;
      continue;
    }
    const index = tableAt === null ? null : (offset + at - tableAt) / 4;
    out.push({
      name: index === null ? `entry at ${formatOffset(offset + at)}` : `block ${formatCount(index)}`,
      tone: 0,
      before: was === null ? null : entryText(was),
      after: entryText(is),
      note: is === UNALLOCATED ? 'reads as zeros, or from the parent' : null,
    });
  }
  if (more > 0)
    out.push({
      name: `${formatCount(more)} more`,
      tone: 0,
      before: null,
      after: '',
      note: 'the saved plan has them all',
    });
  return out;
}

function entryText(sector: number): string {
  return sector === UNALLOCATED ? 'not allocated' : `at ${formatOffset(sector * SECTOR)}`;
}

function word(bytes: Uint8Array, at: number): number {
  let value = 0;
  for (let index = 0; index < 4; index += 1) value = value * 256 + (bytes[at + index] ?? 0);
  return value;
}

function counted(name: string, before: Uint8Array, after: Uint8Array): FieldChange {
  const was = before.length === 0 ? null : formatCount(bits(before));
  return { name, tone: 0, before: was, after: formatCount(bits(after)), note: null };
}

function bits(bytes: Uint8Array): number {
  let count = 0;
  for (const byte of bytes) for (let rest = byte; rest > 0; rest &= rest - 1) count += 1;
  return count;
}

/** UTF-16 where the second byte is zero, as of a path that begins with a dot or a drive; else UTF-8. */
function text(bytes: Uint8Array): string {
  const end = bytes.findLastIndex((byte) => byte !== 0) + 1;
  const used = bytes.subarray(0, end);
  if (used.length === 0) return 'empty';
  if (used.length > 1 && used[1] === 0) return decodeUtf16(bytes.subarray(0, end + (end % 2)), 'little');
  return new TextDecoder().decode(used);
}
