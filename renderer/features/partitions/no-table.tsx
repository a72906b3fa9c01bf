import { ArchiveRestore, Search, Wrench, X } from 'lucide-react';
import type { PartitionsAnswer } from '../../../app/contract/types.ts';
import { progressText, shareOf } from '../../shell/progress.ts';
import { useCase } from '../../state/case.ts';
import { useClient } from '../../state/client.ts';
import { openDialog } from '../../state/dialogs.ts';
import { useJobs } from '../../state/jobs.ts';
import { report } from '../../state/notices.ts';
import { useView } from '../../state/view.ts';
import { Progress } from '../../ui/bits.tsx';
import { Button } from '../../ui/button.tsx';
import { formatSize, plural } from '../../ui/format.ts';
import { HealthGlyph, ICON_SMALL } from '../../ui/icons.tsx';
import { openRebuild, whyNotRebuild } from '../rebuild/open.ts';
import { lookForVolumes, useVolumes, type VmfsLook } from '../vmfs/volumes.ts';
import { volumeName } from '../vmfs/words.ts';
import css from './partitions.module.css';
import { fileSystemText, STATES } from './words.ts';

/** A disk without a partition table: what stands on it all the same, and what can be done. */
export function NoTable({ path, layout }: { path: string; layout: PartitionsAnswer }) {
  const client = useClient();
  const row = useCase((state) => state.chains.byPath.get(path));
  const look = useVolumes(path, layout);
  const { fileSystem } = layout;
  const whyRebuild = whyNotRebuild(row);
  const found = look?.state === 'done' ? (look.answer.disks[0]?.volumes ?? []) : [];
  const live = found.filter(({ stale }) => stale === null);
  const search = (): void => {
    if (row) void lookForVolumes(client, row);
  };
  const looking = look?.state === 'running';
  return (
    <section className={css.section} aria-label="Partition table">
      <div className={css.none}>
        <span className="row">
          <HealthGlyph health={fileSystem ? 'info' : 'warning'} label={null} />
          <b>No partition table</b>
        </span>
        {fileSystem ? (
          <p>
            A file system stands on the whole disk: {fileSystemText(fileSystem)}
            {fileSystem.size === null ? '' : `, ${formatSize(fileSystem.size)}`}
            {fileSystem.state === null ? '' : `, ${STATES[fileSystem.state]}`}. It needs no table.
          </p>
        ) : live.length > 0 ? (
          <p role="status">
            {plural(live.length, 'VMFS volume')} {live.length === 1 ? 'was' : 'were'} found all the same:{' '}
            {live.map((volume) => volumeName(volume)).join(', ')}. The table can be rebuilt from what{' '}
            {live.length === 1 ? 'its header says' : 'their headers say'}.
          </p>
        ) : (
          <p>
            The first sector has no boot record, no GPT header stands at either end, and no known file system begins
            there. {look?.state === 'done' ? 'No VMFS volume was found either.' : null}
          </p>
        )}
        {looking ? <Looking look={look} /> : null}
        {look?.state === 'failed' && look.error.kind !== 'cancelled' ? <p role="alert">{look.error.message}</p> : null}
        <div className={css.actions}>
          {whyRebuild === null && !looking ? (
            <Button small variant={live.length > 0 ? 'primary' : 'plain'} onPress={() => openRebuild(path)}>
              <Wrench size={ICON_SMALL} aria-hidden="true" />
              Rebuild partition table…
            </Button>
          ) : null}
          {whyRebuild === null && !looking ? (
            <Button small onPress={() => openDialog({ kind: 'restore-headers', path })}>
              <ArchiveRestore size={ICON_SMALL} aria-hidden="true" />
              Restore headers…
            </Button>
          ) : null}
          {found.length > 0 ? (
            <Button small onPress={() => useView.getState().setTab('vmfs')}>
              Show the volume{found.length === 1 ? '' : 's'}
            </Button>
          ) : null}
          {looking || look?.state === 'done' || !row ? null : (
            <Button small onPress={search}>
              <Search size={ICON_SMALL} aria-hidden="true" />
              Look for lost volumes
            </Button>
          )}
        </div>
      </div>
    </section>
  );
}

/** The search as it goes on. */
export function Looking({ look }: { look: Extract<VmfsLook, { state: 'running' }> }) {
  const client = useClient();
  const info = useJobs((state) => (look.job === null ? undefined : state.jobs.get(look.job)));
  const cancel = (): void => {
    if (look.job !== null) client.call('jobs.cancel', { job: look.job }).catch(report);
  };
  return (
    <div className={css.actions} role="status">
      <Progress value={shareOf(info?.progress ?? null)} label="Looking for volumes" />
      <span className="small dim">{info?.progress ? progressText(info.progress) : 'Looking for volumes'}</span>
      <Button small variant="quiet" isDisabled={look.job === null} onPress={cancel}>
        <X size={ICON_SMALL} aria-hidden="true" />
        Cancel
      </Button>
    </div>
  );
}
