import { useState } from 'react';
import { progressText, shareOf } from '../../shell/progress.ts';
import { useCase } from '../../state/case.ts';
import { useClient } from '../../state/client.ts';
import { useJobs } from '../../state/jobs.ts';
import { tell } from '../../state/notices.ts';
import { Progress } from '../../ui/bits.tsx';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { TextField } from '../../ui/field.tsx';
import { formatBytes, formatSize, plural } from '../../ui/format.ts';
import { HealthGlyph } from '../../ui/icons.tsx';
import { Name } from '../../ui/values.tsx';
import { useDiskDetail } from '../hex/use-disk.ts';
import { Tick } from '../repair/choose.tsx';
import { openCopy } from '../repair/done.ts';
import { ErrorBanner } from '../repair/messages.tsx';
import { runJob } from '../repair/run-job.ts';
import { ProofDigest, ProofFile, ProofList, ProofRow } from '../wizard/proof.tsx';
import { useWrite } from '../wizard/use-write.ts';
import css from './partitions.module.css';
import { usePartitions } from './use-partitions.ts';
import { contentText } from './words.ts';

/** Saves one partition to a file: where to, the write, and the hash of what was written. */
export function SavePartitionDialog({ path, number, onClose }: { path: string; number: number; onClose: () => void }) {
  const client = useClient();
  const layout = usePartitions(path).value;
  const incomplete = useDiskDetail(path).value?.incomplete ?? false;
  const name = useCase((state) => state.chains.byPath.get(path)?.name) ?? path;
  const partition = layout?.partitions.find((one) => one.number === number) ?? null;
  const [typed, setTyped] = useState<string | null>(null);
  const [holes, setHoles] = useState(false);
  const output = typed ?? layout?.suggestedOutputs[number] ?? '';
  const write = useWrite(
    'Save the partition',
    (host, started) =>
      runJob(host, 'partition.save', { path, partition: number, sectorSize: null, output, holes }, started),
    (result) =>
      tell(`Partition ${number} of ${name} is saved.`, [
        { label: 'Open it', run: () => void openCopy(client, result.output) },
      ]),
  );
  const { writing } = write;
  const job = writing.state === 'running' ? writing.job : null;
  const info = useJobs((state) => (job === null ? undefined : state.jobs.get(job)));
  if (!layout || !partition) return null;
  const bytes = Math.max(
    0,
    Math.min(partition.sectors * layout.sectorSize, layout.size - partition.start * layout.sectorSize),
  );
  const content = contentText(partition);
  const result = writing.state === 'done' ? writing.result : null;
  return (
    <Dialog
      title={`Save partition ${number}`}
      onClose={onClose}
      width={680}
      foot={
        <>
          <span className="small dim">
            {writing.state === 'none' || writing.state === 'failed' ? 'Nothing has been written yet.' : null}
            {result
              ? write.undoing.state === 'done'
                ? 'Everything is as it was.'
                : 'It is written and read back.'
              : null}
          </span>
          <span className="grow" />
          {result ? (
            <>
              {write.undoing.state === 'done' ? null : (
                <Button isDisabled={write.undoing.state === 'running'} onPress={write.undo}>
                  Undo
                </Button>
              )}
              {write.undoing.state === 'done' ? null : (
                <Button
                  onPress={() => {
                    onClose();
                    void openCopy(client, result.output);
                  }}
                >
                  Open it
                </Button>
              )}
              <Button variant="primary" onPress={onClose}>
                Close
              </Button>
            </>
          ) : writing.state === 'running' ? (
            <Button onPress={write.cancel} isDisabled={job === null}>
              Cancel
            </Button>
          ) : (
            <>
              <Button onPress={onClose}>Close</Button>
              <Button
                variant="primary"
                isDisabled={output.trim() === '' || bytes === 0 || (incomplete && !holes)}
                onPress={write.start}
              >
                Save the partition
              </Button>
            </>
          )}
        </>
      }
    >
      <div className={css.save}>
        <p>
          {content === null ? '' : `${content}, `}
          <span data-tip={formatBytes(bytes)}>{formatSize(bytes)}</span> from <Name>{name}</Name>
        </p>
        {result ? (
          <ProofList>
            <ProofFile label="File" path={result.output} />
            <ProofRow label="Size">{formatBytes(result.size)}</ProofRow>
            <ProofDigest label="SHA-256" digest={result.sha256} />
            {result.missing > 0 ? (
              <ProofRow label="Not there">{formatBytes(result.missing)} of it lie past the end of the disk</ProofRow>
            ) : null}
            {result.holes.length > 0 ? (
              <ProofRow label="Holes">
                {plural(result.holes.length, 'stretch', 'stretches')} of a missing parent are zeros
              </ProofRow>
            ) : null}
          </ProofList>
        ) : writing.state === 'running' ? (
          <p className="row" role="status">
            <Progress value={shareOf(info?.progress ?? null)} label="Save the partition" />
            <span className="dim small">
              {info?.progress ? `${info.progress.phase} · ${progressText(info.progress)}` : 'Starting'}
            </span>
          </p>
        ) : (
          <>
            <TextField label="Name of the new file" mono value={output} onChange={setTyped} autoFocus />
            <p className="small dim">
              The partition’s bytes as they are, with holes where nothing was written, hashed and read back. The image
              is only read.
            </p>
            {incomplete ? (
              <>
                <p className="row small">
                  <HealthGlyph health="warning" label={null} />A parent of this disk is missing.
                </p>
                <Tick checked={holes} onChange={setHoles}>
                  Write zeros for what it would hold
                </Tick>
              </>
            ) : null}
            {writing.state === 'failed' && writing.error.kind !== 'cancelled' ? (
              <ErrorBanner title="It could not be saved" error={writing.error} />
            ) : null}
          </>
        )}
        {write.undoing.state === 'failed' ? (
          <ErrorBanner title="It could not be undone" error={write.undoing.error} />
        ) : null}
      </div>
    </Dialog>
  );
}
