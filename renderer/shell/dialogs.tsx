import { CoalesceDialog } from '../features/coalesce/coalesce-dialog.tsx';
import { CoalesceList } from '../features/coalesce/coalesce-list.tsx';
import { ExportDialog } from '../features/export/export-dialog.tsx';
import { CodePage } from '../features/findings/code-page.tsx';
import { BackupDialog } from '../features/headers/backup-dialog.tsx';
import { RestoreDialog } from '../features/headers/restore-dialog.tsx';
import { Browse } from '../features/open/browse.tsx';
import { HashDialog } from '../features/open/hash-dialog.tsx';
import { Palette } from '../features/palette/palette.tsx';
import { SavePartitionDialog } from '../features/partitions/save-dialog.tsx';
import { RebuildDialog } from '../features/rebuild/rebuild-dialog.tsx';
import { RelinkDialog } from '../features/relink/relink-dialog.tsx';
import { RepairDialog } from '../features/repair/repair-dialog.tsx';
import { RepairAll } from '../features/repair-all/repair-all.tsx';
import { closeDialog, useDialogs } from '../state/dialogs.ts';
import { About } from './about.tsx';
import { Shortcuts } from './shortcuts-dialog.tsx';

/** The one dialog that may stand over the window. */
export function Dialogs() {
  const open = useDialogs((state) => state.open);
  switch (open?.kind) {
    case undefined:
      return null;
    case 'browse':
      return <Browse what={open.what} onClose={closeDialog} />;
    case 'palette':
      return <Palette text={open.text} onClose={closeDialog} />;
    case 'shortcuts':
      return <Shortcuts onClose={closeDialog} />;
    case 'about':
      return <About onClose={closeDialog} />;
    case 'code':
      return <CodePage code={open.code} onClose={closeDialog} />;
    case 'hash':
      return <HashDialog path={open.path} onClose={closeDialog} />;
    case 'repair':
      return <RepairDialog path={open.path} mode={open.mode} onClose={closeDialog} />;
    case 'repair-all':
      return <RepairAll onClose={closeDialog} />;
    case 'coalesce':
      return <CoalesceDialog key={open.path} path={open.path} onClose={closeDialog} />;
    case 'coalesce-list':
      return <CoalesceList onClose={closeDialog} />;
    case 'export':
      return <ExportDialog key={open.path} path={open.path} onClose={closeDialog} />;
    case 'relink':
      return <RelinkDialog key={open.path} path={open.path} onClose={closeDialog} />;
    case 'rebuild-table':
      return <RebuildDialog path={open.path} onClose={closeDialog} />;
    case 'backup-headers':
      return <BackupDialog path={open.path} onClose={closeDialog} />;
    case 'restore-headers':
      return <RestoreDialog path={open.path} onClose={closeDialog} />;
    case 'save-partition':
      return <SavePartitionDialog path={open.path} number={open.partition} onClose={closeDialog} />;
  }
}
