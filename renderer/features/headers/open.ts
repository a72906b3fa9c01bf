import { useCase } from '../../state/case.ts';
import { openDialog } from '../../state/dialogs.ts';
import { tell } from '../../state/notices.ts';
import { useView } from '../../state/view.ts';
import { whyNotRebuild } from '../rebuild/open.ts';

/** Backs up the headers of the image in the centre, or says why not. */
export function backUpSelected(): void {
  const { selected } = useView.getState();
  const row = selected === null ? undefined : useCase.getState().chains.byPath.get(selected);
  if (!row) return;
  const why = whyNotRebuild(row);
  if (why === null) openDialog({ kind: 'backup-headers', path: row.path });
  else tell(`The headers of ${row.name} are not backed up: ${why}.`);
}

/** Where backups go until a person says otherwise: beside the image. */
export function suggestedFolder(image: string): string {
  const cut = Math.max(image.lastIndexOf('/'), image.lastIndexOf('\\'));
  return `${image.slice(0, cut + 1)}header-backups`;
}
