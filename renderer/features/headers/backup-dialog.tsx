import { useState } from 'react';
import { progressText, shareOf } from '../../shell/progress.ts';
import { useCase } from '../../state/case.ts';
import { useJobs } from '../../state/jobs.ts';
import { tell } from '../../state/notices.ts';
import { Progress } from '../../ui/bits.tsx';
import { Button, Segments } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { TextField } from '../../ui/field.tsx';
import { formatBytes, formatOffset, formatSize, plural } from '../../ui/format.ts';
import { Name } from '../../ui/values.tsx';
import { ErrorBanner } from '../repair/messages.tsx';
import { runJob } from '../repair/run-job.ts';
import { ProofFile, ProofList, ProofRow } from '../wizard/proof.tsx';
import { useWrite } from '../wizard/use-write.ts';
import css from './headers.module.css';
import { rememberFolder, suggestedFolder } from './open.ts';

type Kept = 'all' | '10' | 'gfs';

/** Copies what a lost VMFS volume is found by into a folder: table, headers, metadata, the disk's last sectors. */
export function BackupDialog({ path, onClose }: { path: string; onClose: () => void }) {
  const name = useCase((state) => state.chains.byPath.get(path)?.name) ?? path;
  const [folder, setFolder] = useState(() => suggestedFolder(path));
  const [kept, setKept] = useState<Kept>('all');
  const keep = kept === 'all' ? null : kept === 'gfs' ? 'gfs' : Number(kept);
  const write = useWrite(
    'Back up headers',
    async (host, started) => {
      const to = folder.trim();
      const made = await runJob(host, 'headers.backup', { path, folder: to, keep }, started);
      rememberFolder(path, to);
      return made;
    },
    () => tell(`The headers of ${name} are backed up.`),
  );
  const { writing } = write;
  const job = writing.state === 'running' ? writing.job : null;
  const info = useJobs((state) => (job === null ? undefined : state.jobs.get(job)));
  const result = writing.state === 'done' ? writing.result : null;
  return (
    <Dialog
      title="Back up headers"
      onClose={onClose}
      width={680}
      foot={
        <>
          <span className="small dim">{result ? 'The image was only read.' : 'The image is only read.'}</span>
          <span className="grow" />
          {writing.state === 'running' ? (
            <Button onPress={write.cancel} isDisabled={job === null}>
              Cancel
            </Button>
          ) : result ? (
            <Button variant="primary" onPress={onClose}>
              Close
            </Button>
          ) : (
            <>
              <Button onPress={onClose}>Close</Button>
              <Button variant="primary" isDisabled={folder.trim() === ''} onPress={write.start}>
                Back up
              </Button>
            </>
          )}
        </>
      }
    >
      <div className={css.body}>
        <p>
          The partition table, VMFS headers and metadata, and the last sectors of <Name>{name}</Name>: what a lost
          volume is found and mounted by.
        </p>
        {result ? (
          <>
            <ProofList>
              <ProofFile label="Folder" path={result.folder} />
              <ProofRow label="Size">
                {formatBytes(result.regions.reduce((sum, { length }) => sum + length, 0))}
              </ProofRow>
              {result.removed.length > 0 ? (
                <ProofRow label="Removed">{plural(result.removed.length, 'older backup')} of this disk</ProofRow>
              ) : null}
            </ProofList>
            <ul className={css.regions} aria-label="What it holds">
              {result.regions.map(({ offset, length, holds }) => (
                <li key={offset}>
                  <code>{formatOffset(offset)}</code>
                  <span>{formatSize(length)}</span>
                  <span className="dim">{holds.join(', ')}</span>
                </li>
              ))}
            </ul>
          </>
        ) : writing.state === 'running' ? (
          <p className="row" role="status">
            <Progress value={shareOf(info?.progress ?? null)} label="Back up headers" />
            <span className="dim small">
              {info?.progress ? `${info.progress.phase} · ${progressText(info.progress)}` : 'Starting'}
            </span>
          </p>
        ) : (
          <>
            <div className={css.fields}>
              <span className="dim">Folder</span>
              <TextField label="Folder for backups" mono value={folder} onChange={setFolder} autoFocus />
              <span className="dim">Keep of this disk</span>
              <Segments
                label="How many backups stay"
                value={kept}
                options={[
                  { id: 'all', label: 'All' },
                  { id: '10', label: 'The newest 10' },
                  { id: 'gfs', label: '7 days, 4 weeks, 12 months' },
                ]}
                onChange={setKept}
              />
            </div>
            <p className="small dim">
              Each backup gets a folder of its own, with a manifest and the SHA-256 of every part. “Restore headers…”
              puts it back.
            </p>
            {writing.state === 'failed' && writing.error.kind !== 'cancelled' ? (
              <ErrorBanner title="The headers could not be backed up" error={writing.error} />
            ) : null}
          </>
        )}
      </div>
    </Dialog>
  );
}
