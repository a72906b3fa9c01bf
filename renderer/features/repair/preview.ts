import { structureById } from '../../../core/formats/structures.ts';
import { dynamicHeader, footer } from '../../../core/formats/vhd/layout.ts';
import type { Plan, Step } from '../../../core/plans/plan.ts';
import { onesComplementSum } from '../../../core/structure/checksum.ts';
import { fromHex } from '../../../core/structure/codecs.ts';
import type { DecodedField } from '../../../core/structure/structure.ts';
import { formatBytes, formatOffset, formatTime, plural } from '../../ui/format.ts';
import { tonesOf } from '../../ui/hex/overlay.ts';
import { type PreviewLine, previewLines } from './lines.ts';
import { describeTable, TABLE_TITLES } from './tables.ts';

/** A field that a step changes. */
export interface FieldChange {
  name: string;
  /** As in hex views: 1 to 10, 0 where it is not drawn. */
  tone: number;
  /** Null where nothing stood there, or nothing that can be read. */
  before: string | null;
  after: string;
  /** What the new value means; null when there is nothing to add. */
  note: string | null;
}

/** Fields over the bytes of a step; offsets from its first byte. */
export interface LaidField {
  name: string;
  offset: number;
  length: number;
  reserved: boolean;
}

/** One step as the preview shows it. */
export type StepView =
  | {
      kind: 'write';
      /** "Footer". */
      title: string;
      at: number;
      length: number;
      before: Uint8Array;
      after: Uint8Array;
      /** Existing bytes that get another value. */
      changed: number;
      /** Bytes behind the end of the file as it stands before the step. */
      added: number;
      fields: readonly LaidField[];
      changes: FieldChange[];
      lines: PreviewLine[];
      why: string;
    }
  | { kind: 'cut'; at: number; length: number; why: string }
  | { kind: 'times'; moment: string; why: string };

/** The steps of a plan in order, for people. `tableAt` is the file offset of the block allocation table, where it is known. */
export function stepViews(plan: Plan, tableAt: number | null): StepView[] {
  return plan.steps.map((step) => stepView(step, tableAt));
}

function stepView(step: Step, tableAt: number | null): StepView {
  const { action, offset, length, why } = step;
  if (action === 'truncate') return { kind: 'cut', at: offset, length, why };
  if (action === 'times') return { kind: 'times', moment: momentOf(step.modifiedNs ?? '0'), why };
  const before = fromHex(step.before ?? '');
  const after = fromHex(step.after ?? '');
  const table = step.structure === null ? null : structureById(step.structure);
  const fields = table && after.length >= table.length ? table.fields : [];
  const changes =
    table && after.length >= table.length
      ? fieldChanges(table.decode(after), before.length >= table.length ? table.decode(before) : null, before, after)
      : describeTable(step, before, after, tableAt);
  if (table) proveChecksum(table.id, after, changes);
  return {
    kind: 'write',
    title: table?.title ?? TABLE_TITLES[step.structure ?? ''] ?? 'Bytes',
    at: offset,
    length,
    before,
    after,
    changed: differing(before, after),
    added: after.length - before.length,
    fields,
    changes,
    lines: previewLines(offset, before, after, fields),
    why,
  };
}

/** Says of a checksum what it is over, and that it is right there. */
function proveChecksum(id: string, after: Uint8Array, changes: FieldChange[]): void {
  const table = id === footer.id ? footer : id === dynamicHeader.id ? dynamicHeader : null;
  const change = changes.find(({ name }) => name === 'checksum');
  if (!table || !change) return;
  const bytes = after.subarray(0, table.length);
  const right = onesComplementSum(bytes, table.field('checksum').offset) === table.parse(bytes).checksum;
  change.note = `${right ? 'right' : 'not right'} for these ${table.length} bytes`;
}

/** Fields whose bytes change; of a structure that was not there, all that say something. */
function fieldChanges(
  now: readonly DecodedField[],
  was: readonly DecodedField[] | null,
  before: Uint8Array,
  after: Uint8Array,
): FieldChange[] {
  const tones = tonesOf(now);
  const blank = before.every((byte) => byte === 0);
  const known = was !== null && isLike(now, before, after) ? was : null;
  const out: FieldChange[] = [];
  for (const [index, field] of now.entries()) {
    const { name, offset, length, reserved, text, note } = field;
    const bytes = after.subarray(offset, offset + length);
    const old = before.subarray(offset, offset + length);
    if (same(old, bytes) || (blank && reserved)) continue;
    out.push({
      name,
      tone: tones.get(name) ?? 0,
      before: old.length < length ? null : (known?.[index]?.text ?? null),
      after: text,
      note,
    });
  }
  return out;
}

/** Whether what stands there is the structure, damaged, and not something else that would read as nonsense. */
function isLike(fields: readonly LaidField[], before: Uint8Array, after: Uint8Array): boolean {
  const said = fields.filter(({ reserved }) => !reserved);
  const kept = said.filter(({ offset, length }) =>
    same(before.subarray(offset, offset + length), after.subarray(offset, offset + length)),
  );
  return kept.length * 2 >= said.length;
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

function differing(before: Uint8Array, after: Uint8Array): number {
  let count = 0;
  for (const [index, byte] of before.entries()) if (byte !== after[index]) count += 1;
  return count;
}

/** Nanoseconds since 1970 as a moment. */
function momentOf(ns: string): string {
  return formatTime(Number(BigInt(ns) / 1_000_000n));
}

/** How many bytes a plan adds, changes and cuts off. */
export interface Amounts {
  written: number;
  changed: number;
  added: number;
  cut: number;
  /** Steps that write or cut. */
  places: number;
}

export function amountsOf(views: readonly StepView[]): Amounts {
  const sum: Amounts = { written: 0, changed: 0, added: 0, cut: 0, places: 0 };
  for (const view of views) {
    if (view.kind === 'times') continue;
    sum.places += 1;
    if (view.kind === 'cut') {
      sum.cut += view.length;
      continue;
    }
    sum.written += view.after.length;
    sum.changed += view.changed;
    sum.added += view.added;
  }
  return sum;
}

/** "512 bytes are added; none of the existing ones change". */
export function headline({ changed, added, cut }: Amounts): string {
  const are = (count: number): string => (count === 1 ? 'is' : 'are');
  const parts = [];
  if (added > 0) parts.push(`${plural(added, 'byte')} ${are(added)} added`);
  if (changed > 0) parts.push(`${plural(changed, 'byte')} ${changed === 1 ? 'changes' : 'change'}`);
  if (cut > 0) parts.push(`${plural(cut, 'byte')} ${are(cut)} cut off`);
  if (parts.length === 0) return 'No byte changes';
  const text = parts.length === 3 ? `${parts[0] ?? ''}, ${parts[1] ?? ''} and ${parts[2] ?? ''}` : parts.join(' and ');
  if (changed > 0) return text;
  return `${text}; ${cut > 0 ? 'nothing before them changes' : 'none of the existing ones change'}`;
}

/** Where a step writes: "Footer, 512 bytes at 0x402000". */
export function placeText(view: StepView): string {
  switch (view.kind) {
    case 'write':
      return `${view.title}, ${formatBytes(view.length)} at ${formatOffset(view.at)}`;
    case 'cut':
      return `${formatBytes(view.length)} cut off at ${formatOffset(view.at)}`;
    case 'times':
      return `Modification time ${view.moment}`;
  }
}
