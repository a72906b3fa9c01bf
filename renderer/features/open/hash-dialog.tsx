import { useEffect, useState } from 'react';
import type { Result } from '../../../app/contract/contract.ts';
import { asPlatterError, type PlatterError } from '../../../core/errors.ts';
import { progressText, shareOf } from '../../shell/progress.ts';
import { useClient } from '../../state/client.ts';
import { useJobs } from '../../state/jobs.ts';
import { Progress } from '../../ui/bits.tsx';
import { Button } from '../../ui/button.tsx';
import { copyText } from '../../ui/copy.ts';
import { Dialog } from '../../ui/dialog.tsx';
import { formatBytes } from '../../ui/format.ts';
import table from '../../ui/table.module.css';
import { Name } from '../../ui/values.tsx';

type Hashed = Result<'bytes.hash'>;

/** Hashes a whole file, and shows the digests when they are there. Closing it stops the work. */
export function HashDialog({ path, onClose }: { path: string; onClose: () => void }) {
  const client = useClient();
  const [job, setJob] = useState<string | null>(null);
  const [done, setDone] = useState<{ hashed: Hashed } | { error: PlatterError } | null>(null);
  const info = useJobs((state) => (job === null ? undefined : state.jobs.get(job)));
  useEffect(() => {
    let started: string | null = null;
    let closed = false;
    const run = async (): Promise<void> => {
      try {
        started = await client.start('bytes.hash', {
          target: { space: 'file', path },
          at: 0,
          length: null,
          algorithms: ['sha256', 'sha1', 'md5'],
        });
        if (closed) void client.call('jobs.cancel', { job: started }).catch(() => {});
        setJob(started);
        const hashed = await client.result('bytes.hash', started);
        if (!closed) setDone({ hashed });
      } catch (thrown) {
        if (!closed) setDone({ error: asPlatterError(thrown) });
      }
    };
    void run();
    return () => {
      closed = true;
      if (started !== null) void client.call('jobs.cancel', { job: started }).catch(() => {});
    };
  }, [client, path]);
  const digests = done && 'hashed' in done ? Object.entries(done.hashed.digests) : [];
  const text = digests.map(([name, digest]) => `${name}  ${digest}  ${path}`).join('\n');
  return (
    <Dialog
      title="Hash of the file"
      onClose={onClose}
      width={680}
      {...(digests.length > 0
        ? {
            foot: (
              <>
                <span className="grow" />
                <Button onPress={() => void copyText(text)}>Copy all</Button>
              </>
            ),
          }
        : {})}
    >
      <p className="row">
        <Name>{path}</Name>
      </p>
      {done === null ? (
        <p className="row" style={{ marginTop: 12 }}>
          <Progress value={shareOf(info?.progress ?? null)} label="Hash of the file" />
          <span className="dim small">{info?.progress ? progressText(info.progress) : 'Starting'}</span>
        </p>
      ) : 'error' in done ? (
        <p style={{ marginTop: 12 }}>{done.error.kind === 'cancelled' ? 'Cancelled.' : done.error.message}</p>
      ) : (
        <dl className={table.facts} style={{ marginTop: 12 }}>
          <dt>Size</dt>
          <dd>{formatBytes(done.hashed.size)}</dd>
          {digests.map(([name, digest]) => (
            <Digest key={name} name={name} digest={digest} />
          ))}
        </dl>
      )}
    </Dialog>
  );
}

function Digest({ name, digest }: { name: string; digest: string }) {
  return (
    <>
      <dt>{name.toUpperCase().replace('SHA', 'SHA-')}</dt>
      <dd className="mono">{digest}</dd>
    </>
  );
}
