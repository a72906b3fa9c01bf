import type { Extent, Finding } from '../../../core/findings/finding.ts';
import { needsAcceptLoss, type Plan } from '../../../core/plans/plan.ts';
import { formatBytes, formatCount, formatOffset, formatSize, plural } from '../../ui/format.ts';
import { amountsOf, type StepView } from './preview.ts';
import type { WriteTarget } from './wizard.ts';

const SECTOR = 512;

export interface Consequences {
  /** Label and value; `title` is the exact value on hover. */
  written: { label: string; value: string; title: string | null }[];
  /** File that is written. */
  file: string;
  /** What a copy has in common with its image; null in place. */
  twin: string | null;
  lost: { isLoss: boolean; lines: string[] };
  untouched: string[];
  undo: string[];
}

/** What applying a plan means, for the right side of every step. */
export function consequencesOf(plan: Plan, views: readonly StepView[], target: WriteTarget): Consequences {
  const { written, cut, places } = amountsOf(views);
  const rows: Consequences['written'] = [
    { label: 'Bytes', value: formatCount(written), title: formatBytes(written) },
    { label: 'Places', value: formatCount(places), title: null },
  ];
  if (cut > 0) rows.push({ label: 'Cut off', value: formatCount(cut), title: formatBytes(cut) });
  rows.push({ label: 'Size before', value: formatCount(plan.sizeBefore), title: formatSize(plan.sizeBefore) });
  rows.push({ label: 'Size after', value: formatCount(plan.sizeAfter), title: formatSize(plan.sizeAfter) });
  const moved = plan.copies.reduce((sum, { bytes }) => sum + bytes, 0);
  if (moved > 0) rows.splice(1, 0, { label: 'Bytes moved', value: formatCount(moved), title: formatSize(moved) });
  const copy = target.kind === 'copy';
  if (!copy)
    rows.push({ label: 'Journal', value: formatSize(plan.journalBytes), title: formatBytes(plan.journalBytes) });
  rows.push({ label: 'Target', value: copy ? 'working copy' : 'the image itself', title: null });
  return {
    written: rows,
    file: copy ? target.output : plan.target,
    // what a restored backup replaces may be newer than it: its risks say so
    lost: {
      isLoss: needsAcceptLoss(plan) || (plan.kind === 'restore-headers' && plan.risks.length > 0),
      lines: lossLines(plan),
    },
    untouched: [
      copy ? 'The image itself: it is only read' : 'Every byte of the image that is not named here',
      ...new Set(plan.notes.map(({ keeps }) => keeps.replace(/\.$/, ''))),
      'Its parent, its siblings and every other file',
    ],
    twin: copy
      ? 'It keeps the image’s own id. Before anything mounts them by id, put it in the image’s place, or keep it in another folder.'
      : null,
    undo: copy
      ? ['Undo removes the new file, as long as nothing else has written to it.']
      : [
          `Undo puts the old bytes, length and time back, as long as nothing else has written to the image.`,
          'Until then the journal beside the image keeps what was there.',
        ],
  };
}

/** Nothing; or every range, in guest offsets. */
export function lossLines(plan: Pick<Plan, 'lost' | 'lossy'> & { kind?: Plan['kind'] }): string[] {
  if (plan.lost.length > 0) return plan.lost.map(rangeText);
  return plan.lossy
    ? ['What is lost is no known range of the disk: see the risks.']
    : [NOT_LOST[plan.kind ?? 'repair'] ?? 'Nothing. No guest sector changes.'];
}

const NOT_LOST: { [K in Plan['kind']]?: string } = {
  'rebuild-table': 'Nothing. No byte inside a partition changes.',
  'restore-headers': 'Only what stands in the places that are written.',
};

/** "2 MiB at 0x600000, sectors 12,288 to 16,383". */
export function rangeText({ offset, length }: Extent): string {
  const first = Math.floor(offset / SECTOR);
  const last = Math.floor((offset + length - 1) / SECTOR);
  const sectors =
    first === last ? `sector ${formatCount(first)}` : `sectors ${formatCount(first)} to ${formatCount(last)}`;
  return `${formatSize(length)} at ${formatOffset(offset)}, ${sectors}`;
}

/** "1 error, 2 warnings"; "none" when there is neither. */
export function troubleText(findings: readonly Finding[]): string {
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  const warnings = findings.filter(({ severity }) => severity === 'warning').length;
  const parts = [];
  if (errors > 0) parts.push(plural(errors, 'error'));
  if (warnings > 0) parts.push(plural(warnings, 'warning'));
  return parts.length === 0 ? 'none' : parts.join(', ');
}
