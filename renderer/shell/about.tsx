import { useCase } from '../state/case.ts';
import { Dialog } from '../ui/dialog.tsx';
import table from '../ui/table.module.css';

export function About({ onClose }: { onClose: () => void }) {
  const host = useCase((state) => state.host);
  const folders = host?.servedFolders;
  return (
    <Dialog title="About Platter" onClose={onClose} width={520}>
      <p>Platter reads virtual disks and says what is wrong with them. What it is shown, it only reads.</p>
      <dl className={table.facts} style={{ marginTop: 12 }}>
        <dt>Version</dt>
        <dd>{host?.version}</dd>
        <dt>Host</dt>
        <dd>{host?.host === 'electron' ? 'desktop window' : 'this computer, over the loopback interface'}</dd>
        <dt>System</dt>
        <dd>{host?.platform}</dd>
        <dt>May open</dt>
        <dd className={folders ? 'mono' : ''} data-tip={folders?.join('\n')}>
          {folders ? folders.join(', ') : 'any file'}
        </dd>
        <dt>Network</dt>
        <dd>none beyond this computer; no telemetry</dd>
        <dt>Licence</dt>
        <dd>MIT</dd>
      </dl>
    </Dialog>
  );
}
