import { Search } from 'lucide-react';
import { useCase } from '../../state/case.ts';
import { useClient } from '../../state/client.ts';
import { Empty } from '../../ui/bits.tsx';
import { Button } from '../../ui/button.tsx';
import { formatBytes, plural } from '../../ui/format.ts';
import { HealthGlyph, ICON_SMALL } from '../../ui/icons.tsx';
import { FindingRow } from '../findings/finding-row.tsx';
import { Looking } from '../partitions/no-table.tsx';
import { usePartitions } from '../partitions/use-partitions.ts';
import { SnapshotPanel } from './snapshot-panel.tsx';
import { SpanView } from './span-view.tsx';
import css from './vmfs.module.css';
import { VolumeView } from './volume-view.tsx';
import { lookForVolumes, useVolumes } from './volumes.ts';

/** The VMFS tab: every volume on the disk by its own headers, and what ESX would make of it. */
export function VmfsTab({ path }: { path: string }) {
  const client = useClient();
  const row = useCase((state) => state.chains.byPath.get(path));
  const layout = usePartitions(path).value;
  const look = useVolumes(path, layout);
  if (!row) return null;
  const again = (everySector: boolean): void => void lookForVolumes(client, row, everySector);
  if (look === null || look.state === 'running')
    return (
      <div className={css.tab}>
        {look ? (
          <div className={css.head}>
            <Looking look={look} />
          </div>
        ) : layout === null ? null : (
          <Empty
            title="VMFS volumes were not looked for"
            action={<Button onPress={() => again(false)}>Look for volumes</Button>}
          >
            A large disk is looked through only when it is asked for.
          </Empty>
        )}
      </div>
    );
  if (look.state === 'failed')
    return (
      <Empty
        title={look.error.kind === 'cancelled' ? 'The search was cancelled' : 'The volumes cannot be read'}
        action={<Button onPress={() => again(false)}>Try again</Button>}
      >
        {look.error.kind === 'cancelled' ? null : look.error.message}
      </Empty>
    );
  const [disk] = look.answer.disks;
  const spans = look.answer.spans.filter(({ numDevices }) => numDevices > 1);
  if (!disk) return null;
  const { volumes, findings, everySector, unread } = disk;
  return (
    <div className={css.tab} tabIndex={-1}>
      <div className={css.head}>
        <h3>{plural(volumes.length, 'VMFS volume')}</h3>
        <span className="faint small clip">
          {everySector ? 'every sector was looked at' : 'where the table says, and in the usual places'}
        </span>
        <span className="grow" />
        {everySector ? null : (
          <Button small variant="quiet" onPress={() => again(true)}>
            <Search size={ICON_SMALL} aria-hidden="true" />
            Look at every sector
          </Button>
        )}
      </div>
      {unread.length > 0 ? (
        <p className={css.unread}>
          <HealthGlyph health="warning" label={null} />
          {formatBytes(unread.reduce((sum, { length }) => sum + length, 0))} could not be read and were not looked at.
        </p>
      ) : null}
      {findings.map((finding) => (
        <FindingRow key={`${finding.code}${finding.offset ?? ''}`} path={path} finding={finding} space="guest" />
      ))}
      {volumes.length === 0 ? (
        <Empty title="No VMFS volume was found">No LVM header and no file system header is on this disk.</Empty>
      ) : null}
      {volumes.map((volume) => (
        <VolumeView key={`${volume.lvm?.headerOffset ?? ''} ${volume.fs?.offset ?? ''}`} path={path} volume={volume} />
      ))}
      {spans.map((span) => (
        <SpanView key={`${span.uuid} ${span.snapId}`} span={span} />
      ))}
      {volumes.some(({ lvm }) => lvm !== null) ? <SnapshotPanel path={path} /> : null}
    </div>
  );
}
