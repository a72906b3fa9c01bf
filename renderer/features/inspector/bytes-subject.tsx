import { useState } from 'react';
import type { Target } from '../../../app/contract/contract.ts';
import { asPlatterError } from '../../../core/errors.ts';
import { useAnswer } from '../../state/answer.ts';
import { useCase } from '../../state/case.ts';
import { useClient } from '../../state/client.ts';
import { useJobs } from '../../state/jobs.ts';
import { tell } from '../../state/notices.ts';
import type { Subject } from '../../state/view.ts';
import { Progress } from '../../ui/bits.tsx';
import { Button } from '../../ui/button.tsx';
import { copyText } from '../../ui/copy.ts';
import { formatBytes, formatCount, formatOffset, formatSize, plural } from '../../ui/format.ts';
import { OwnerKey, shortOwner } from '../disk/owners.tsx';
import { useBytes } from '../hex/use-bytes.ts';
import { useDiskDetail } from '../hex/use-disk.ts';
import css from './inspector.module.css';
import { BYTE_READINGS, GROUPS, MAX_LENGTH, readings } from './interpret.ts';
import { Pair, Pairs, Part, Readings, SubjectHead } from './parts.tsx';

/** Bytes under the cursor: where they are, what they could mean, and the hash of what is selected. */
export function BytesSubject({ subject }: { subject: Extract<Subject, { kind: 'bytes' }> }) {
  const { path, space, at, length } = subject;
  const answer = useBytes(space, path, at, MAX_LENGTH);
  const run = answer.value?.runs.find((one) => at >= one.at && at < one.at + one.length) ?? null;
  const unknown = run?.state === 'hole' || run?.state === 'lost';
  const bytes = answer.value && answer.value.at === at && !unknown ? answer.value.bytes : null;
  return (
    <>
      <SubjectHead title={length > 1 ? plural(length, 'byte') : formatOffset(at)}>
        {space === 'file' ? 'file offset' : 'guest offset'} <span className="mono">{formatOffset(at)}</span>
        {length > 1 ? (
          <>
            {' – '}
            <span className="mono">{formatOffset(at + length - 1)}</span>
          </>
        ) : null}
      </SubjectHead>
      <Pairs>
        <Pair label="Decimal" mono>
          {formatCount(at)}
        </Pair>
        <Pair label={space === 'guest' ? 'LBA' : 'Sector'} mono>
          {formatCount(Math.floor(at / 512))} + {at % 512}
        </Pair>
        {length > 1 ? (
          <Pair label="Length" tip={formatBytes(length)}>
            {formatSize(length)}
          </Pair>
        ) : null}
      </Pairs>
      {space === 'guest' ? <Holder path={path} at={at} run={run} /> : null}
      {answer.state === 'failed' ? <p>{answer.error.message}</p> : null}
      {unknown ? (
        <p>
          {run.state === 'hole' ? 'These bytes are in a parent that is missing.' : 'These bytes are not in the file.'}
        </p>
      ) : null}
      {bytes && bytes.length > 0 ? (
        <>
          <Part title="At the cursor">
            <Readings values={readings(bytes, BYTE_READINGS)} />
          </Part>
          {GROUPS.map(({ title, ids }) => {
            const values = readings(bytes, ids);
            return values.length === 0 ? null : (
              <Part key={title} title={title} apart={false}>
                <Readings values={values} />
              </Part>
            );
          })}
        </>
      ) : null}
      {unknown || length < 2 ? null : (
        <Hashes key={`${space}${path}${at}-${length}`} target={{ space, path }} at={at} length={length} />
      )}
    </>
  );
}

function Holder({
  path,
  at,
  run,
}: {
  path: string;
  at: number;
  run: { at: number; state: string; owner: number | null; fileOffset: number | null } | null;
}) {
  const disk = useDiskDetail(path).value;
  if (!disk || !run) return null;
  const owner = run.owner === null ? null : disk.owners[run.owner];
  return (
    <Pairs>
      <Pair label="Held by" tip={owner?.path ?? 'Nobody holds these bytes'}>
        <span className={css.inline}>
          <OwnerKey owner={run.state === 'data' ? run.owner : null} />
          {owner ? (
            <span className="mono">{shortOwner(owner)}</span>
          ) : run.state === 'hole' ? (
            'a missing parent'
          ) : (
            'nobody: zeros'
          )}
        </span>
      </Pair>
      {run.fileOffset === null ? null : (
        <Pair label="In it at" mono>
          {formatOffset(run.fileOffset + at - run.at)}
        </Pair>
      )}
    </Pairs>
  );
}

const ALGORITHMS = ['sha256', 'sha1', 'md5'] as const;
const NAMES = { sha256: 'SHA-256', sha1: 'SHA-1', md5: 'MD5' };

/** Selections up to this are hashed as soon as they are asked for; more is a job all the same, with its progress. */
function Hashes({ target, at, length }: { target: Target; at: number; length: number }) {
  const client = useClient();
  const [asked, setAsked] = useState(false);
  const [job, setJob] = useState<string | null>(null);
  const progress = useJobs((state) => (job === null ? null : (state.jobs.get(job)?.progress ?? null)));
  const rev = useCase((state) => state.chains.rev);
  const answer = useAnswer('hash', `${asked} ${rev}`, async (signal) => {
    if (!asked) return null;
    const id = await client.start('bytes.hash', { target, at, length, algorithms: [...ALGORITHMS] });
    const stop = (): void => void client.call('jobs.cancel', { job: id }).catch(() => {});
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop);
    setJob(id);
    try {
      return (await client.result('bytes.hash', id)).digests;
    } catch (thrown) {
      throw asPlatterError(thrown);
    } finally {
      signal.removeEventListener('abort', stop);
    }
  });
  const copy = async (text: string): Promise<void> => {
    if (await copyText(text)) tell('The hash is copied.');
  };
  return (
    <Part title="Hash of the selection">
      {!asked ? (
        <Button small onPress={() => setAsked(true)}>
          Hash {formatSize(length)}
        </Button>
      ) : answer.state === 'failed' ? (
        <p>
          {answer.error.message} {answer.error.place.hint}
        </p>
      ) : answer.value ? (
        <dl className={css.hashes}>
          {ALGORITHMS.map((name) => (
            <div key={name}>
              <dt>{NAMES[name]}</dt>
              <dd>
                <Button
                  variant="link"
                  tip="Copy"
                  className={css.hash}
                  onPress={() => void copy(answer.value?.[name] ?? '')}
                >
                  {answer.value?.[name]}
                </Button>
              </dd>
            </div>
          ))}
        </dl>
      ) : (
        <span className="row">
          <Progress value={progress?.total ? progress.done / progress.total : null} label="Hash" />
          <Button small variant="quiet" onPress={() => setAsked(false)}>
            Cancel
          </Button>
        </span>
      )}
    </Part>
  );
}
