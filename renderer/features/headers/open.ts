import { useCase } from '../../state/case.ts';
import { openDialog } from '../../state/dialogs.ts';
import { tell } from '../../state/notices.ts';
import { useView } from '../../state/view.ts';
import { whyNotRebuild } from '../rebuild/open.ts';

/** Backs up the headers of the image in the centre, or says why not. */
export function backUpSelected(): void {
  openSelected('backup-headers', 'backed up');
}

/** Restores them, or says why not. */
export function restoreSelected(): void {
  openSelected('restore-headers', 'restored');
}

function openSelected(kind: 'backup-headers' | 'restore-headers', done: string): void {
  const { selected } = useView.getState();
  const row = selected === null ? undefined : useCase.getState().chains.byPath.get(selected);
  if (!row) return;
  const why = whyNotRebuild(row);
  if (why === null) openDialog({ kind, path: row.path });
  else tell(`The headers of ${row.name} are not ${done}: ${why}.`);
}

/** Folders that backups went to since the page was opened, by image. */
const used = new Map<string, string>();

/** A backup of the image went to this folder. */
export function rememberFolder(image: string, folder: string): void {
  used.set(image, folder);
}

/** Where backups go, and are looked for: where the last one went, or beside the image. */
export function suggestedFolder(image: string): string {
  const last = used.get(image);
  if (last !== undefined) return last;
  const cut = Math.max(image.lastIndexOf('/'), image.lastIndexOf('\\'));
  return `${image.slice(0, cut + 1)}header-backups`;
}
