import type { ChainRow } from '../../../app/contract/types.ts';
import type { Finding } from '../../../core/findings/finding.ts';
import { useCase } from '../../state/case.ts';
import { openDialog } from '../../state/dialogs.ts';
import { isDropped } from '../../state/dropped.ts';
import { tell } from '../../state/notices.ts';
import { useView } from '../../state/view.ts';

/** Why an image gets no new partition table, in a few words for a menu; null when it can. */
export function whyNotRebuild(row: Pick<ChainRow, 'path' | 'format'> | undefined): string | null {
  if (!row) return 'it is not here';
  if (isDropped(row.path)) return 'open it from its folder';
  if (row.format === 'vhd') return 'export its disk as raw first';
  return row.format === 'raw' ? null : 'not a raw disk';
}

/** Whether writing the partition table anew is what a finding asks for. */
export function needsRebuild(
  { code, severity }: Pick<Finding, 'code' | 'severity'>,
  row: Pick<ChainRow, 'path' | 'format'> | undefined,
): boolean {
  return severity !== 'info' && /^(table|gpt)\./.test(code) && whyNotRebuild(row) === null;
}

export function openRebuild(path: string): void {
  openDialog({ kind: 'rebuild-table', path });
}

/** The same for the image in the centre, or why not. */
export function rebuildSelected(): void {
  const { selected } = useView.getState();
  const row = selected === null ? undefined : useCase.getState().chains.byPath.get(selected);
  if (!row) return;
  const why = whyNotRebuild(row);
  if (why === null) openRebuild(row.path);
  else tell(`The table of ${row.name} is not rebuilt: ${why}.`);
}
