import type { ChainRow } from '../../../app/contract/types.ts';
import { useCase } from '../../state/case.ts';
import { openDialog } from '../../state/dialogs.ts';
import { isDropped } from '../../state/dropped.ts';
import { tell } from '../../state/notices.ts';
import { useView } from '../../state/view.ts';

export type WizardKind = 'coalesce' | 'export' | 'relink';

type Row = Pick<ChainRow, 'path' | 'kind' | 'parent' | 'verdict' | 'format' | 'errors' | 'worst' | 'virtualSize'>;

const FROM_FOLDER = 'open it from its folder';

/** Why a wizard is not for an image, in a few words for a menu; null when it is. */
export function whyNot(wizard: WizardKind, row: Row): string | null {
  if (isDropped(row.path)) return FROM_FOLDER;
  const child = row.kind === 'differencing';
  switch (wizard) {
    case 'coalesce':
      if (!child) return 'it has no parent';
      if (row.verdict === 'missing') return 'its parent is missing';
      if (row.verdict === 'id-mismatch' || row.verdict === 'cycle') return 'relink first';
      return row.parent === null ? 'its parent is not here' : ownErrors(row) ? 'repair first' : null;
    case 'export':
      if (row.format !== 'vhd' && row.format !== 'raw') return 'not a disk Platter reads';
      return row.virtualSize === null ? 'repair first' : null;
    case 'relink':
      return child ? null : 'it has no parent';
  }
}

/** An error of the image itself, not of its chain. */
function ownErrors({ errors, worst }: Row): boolean {
  return errors > 0 && worst !== null && !/^(parent|chain)\./.test(worst.code);
}

const WORDS: Record<WizardKind, string> = { coalesce: 'coalesced', export: 'exported', relink: 'relinked' };

/** Opens a wizard for the image in the centre, or says why not. */
export function openForSelected(wizard: WizardKind): void {
  const { selected } = useView.getState();
  const row = selected === null ? undefined : useCase.getState().chains.byPath.get(selected);
  if (!row) return;
  const why = whyNot(wizard, row);
  if (why === null) openDialog({ kind: wizard, path: row.path });
  else tell(`${row.name} is not ${WORDS[wizard]}: ${why}.`);
}
