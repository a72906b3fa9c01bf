import { useCase } from '../../state/case.ts';
import { openDialog } from '../../state/dialogs.ts';
import { tell } from '../../state/notices.ts';
import { useView } from '../../state/view.ts';
import { whyNotRepair } from './repairable.ts';

/** Begins the repair of an image: one confirmation where the plan loses nothing, else the wizard. */
export function openRepair(path: string): void {
  openDialog({ kind: 'repair', path, mode: 'quick' });
}

/** The same for the image in the centre, or why not. */
export function repairSelected(): void {
  const { selected } = useView.getState();
  const row = selected === null ? undefined : useCase.getState().chains.byPath.get(selected);
  if (!row) return;
  const why = whyNotRepair(row);
  if (why === null) openRepair(row.path);
  else tell(`${row.name} is not repaired: ${why}.`);
}
