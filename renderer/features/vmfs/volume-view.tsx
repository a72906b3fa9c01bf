import { Copy } from 'lucide-react';
import type { ReactNode } from 'react';
import { fsModeName, fsName } from '../../../core/formats/vmfs/fs.ts';
import { diskIdTypeName } from '../../../core/formats/vmfs/lvm.ts';
import type { FsSummary, LvmSummary, VmfsVolumeSummary } from '../../../core/vmfs/summary.ts';
import { tell } from '../../state/notices.ts';
import { useView } from '../../state/view.ts';
import { Tag } from '../../ui/bits.tsx';
import { Button, IconButton } from '../../ui/button.tsx';
import { copyText } from '../../ui/copy.ts';
import { formatBytes, formatCount, formatOffset, formatSize, plural } from '../../ui/format.ts';
import { HealthGlyph, ICON_SMALL } from '../../ui/icons.tsx';
import { Time } from '../../ui/values.tsx';
import { FindingRow } from '../findings/finding-row.tsx';
import css from './vmfs.module.css';
import { FOUND, volumeName } from './words.ts';

/** One volume: both of its headers, decoded. */
export function VolumeView({ path, volume }: { path: string; volume: VmfsVolumeSummary }) {
  const { lvm, fs, stale, found, partition, findings, heartbeats } = volume;
  return (
    <section className={css.volume} aria-label={volumeName(volume)}>
      <div className={css.title}>
        <HealthGlyph health={stale === null ? 'ok' : 'warning'} label={null} />
        <h4>{volumeName(volume)}</h4>
        <Tag>{stale === null ? 'live' : 'stale'}</Tag>
        <Tag tip={FOUND[found].tip}>{FOUND[found].word}</Tag>
        <span className="faint small clip">
          {partition === null ? 'no entry of the table leads to it' : `partition ${partition}`}
        </span>
      </div>
      {stale === null ? null : <p className={css.unread}>{stale}</p>}
      {findings.map((finding) => (
        <FindingRow
          key={`${finding.code}${finding.offset ?? ''}${finding.message}`}
          path={path}
          finding={finding}
          space="guest"
        />
      ))}
      <div className={css.columns}>
        <div>
          <Head title="LVM header" path={path} at={lvm?.headerOffset ?? null} length={512} />
          {lvm ? (
            <LvmFacts lvm={lvm} />
          ) : (
            <p className="dim">It is not there: of this volume only the file system’s header is left.</p>
          )}
        </div>
        <div>
          <Head title="File system header" path={path} at={fs?.offset ?? null} length={512} />
          {fs ? (
            <FsFacts fs={fs} />
          ) : (
            <p className="dim">
              {lvm?.volume && Number(lvm.volume.firstPE) > 0
                ? 'Only the first extent of a spanned volume has it.'
                : 'It is not where the LVM header says.'}
            </p>
          )}
          {heartbeats ? (
            <Facts>
              <Fact label="Heartbeats">
                {heartbeats.taken.length === 0
                  ? `${formatCount(heartbeats.slots)} slots, none taken`
                  : `${plural(heartbeats.taken.length, 'slot')} of ${formatCount(heartbeats.slots)} taken`}
              </Fact>
              {heartbeats.taken.slice(0, 4).map(({ slot, state, hostMac, offset }) => (
                <Fact key={slot} label={`Slot ${slot}`} tip={formatOffset(offset)}>
                  {state === 'damaged' ? 'damaged' : `in use by ${hostMac ?? 'a host that is not named'}`}
                </Fact>
              ))}
            </Facts>
          ) : null}
        </div>
      </div>
    </section>
  );
}

function Head({ title, path, at, length }: { title: string; path: string; at: number | null; length: number }) {
  const show = (): void => {
    if (at !== null) useView.getState().show('disk', { path, space: 'guest', at, length, field: null });
  };
  return (
    <h5 className={css.columnHead}>
      {title}
      <span className="grow" />
      {at === null ? null : (
        <Button variant="link" small onPress={show}>
          bytes at <span className="mono">{formatOffset(at)}</span>
        </Button>
      )}
    </h5>
  );
}

function LvmFacts({ lvm }: { lvm: LvmSummary }) {
  const { diskId, volume } = lvm;
  const maker = [diskId.vendor, diskId.model, diskId.revision].map((part) => part.trim()).filter(Boolean);
  return (
    <Facts>
      <Fact label="LVM version">
        {lvm.majorVersion}.{lvm.minorVersion}
      </Fact>
      <Fact label="Partition" tip={`begins at byte ${formatCount(lvm.partitionStartByte)}`}>
        LBA {formatCount(lvm.partitionStartByte / 512)}, {sizeOf(lvm.totalBytes)}
      </Fact>
      <Fact label="Sectors" tip="totalBytes / 512: the partition’s exact length">
        {amount(lvm.totalSectors)}
      </Fact>
      <Fact label="vml path" mono copied={lvm.vml}>
        {lvm.vml}
      </Fact>
      <Fact label="Disk id" mono tip={diskIdTypeName(diskId.type)}>
        {diskId.idHex}
      </Fact>
      <Fact label="Kind of id">
        {diskId.type}, {diskIdTypeName(diskId.type)}
      </Fact>
      <Fact label="LUN">{diskId.lun === 0 ? '0, or not stored' : diskId.lun}</Fact>
      {maker.length === 0 ? null : <Fact label="Device">{maker.join(' ')}</Fact>}
      <Fact label="Device id" mono copied={lvm.deviceUuid}>
        {lvm.deviceUuid}
      </Fact>
      <Fact label="Made">{moment(lvm.deviceUuidCreated)}</Fact>
      <Fact label="By host">{lvm.hostMac ?? 'not told'}</Fact>
      <Fact label="Changed">{moment(lvm.modTime)}</Fact>
      <Fact label="Data begins" mono tip="dataOffset, from the partition’s start">
        {typeof lvm.dataOffset === 'number' ? formatOffset(lvm.dataOffset) : lvm.dataOffset}
      </Fact>
      <Fact label="Extents">
        {formatCount(lvm.numPEs)}, last {formatCount(lvm.lastPE)}
      </Fact>
      {volume ? (
        <>
          <Fact label="Volume id" mono copied={volume.uuid}>
            {volume.uuid}
          </Fact>
          <Fact label="Volume size">{sizeOf(volume.logicalSize)}</Fact>
          <Fact label="Snapshot id">{volume.snapId}</Fact>
          {volume.numDevices > 1 ? (
            <Fact label="Its place">
              extents {amount(volume.firstPE)} – {amount(volume.lastPE)} of a volume on {volume.numDevices} devices
            </Fact>
          ) : null}
        </>
      ) : null}
    </Facts>
  );
}

function FsFacts({ fs }: { fs: FsSummary }) {
  return (
    <Facts>
      <Fact label="File system">
        {fsName(Number.parseInt(fs.magic, 16), fs.majorVersion)}, version {fs.version}
      </Fact>
      <Fact label="Label">{fs.label === '' ? 'none' : fs.label}</Fact>
      <Fact label="Datastore id" mono copied={fs.uuid}>
        {fs.uuid}
      </Fact>
      <Fact label="Made">{moment(fs.created ?? fs.ctime)}</Fact>
      <Fact label="By host">{fs.hostMac ?? 'not told'}</Fact>
      <Fact label="Block size">{sizeOf(fs.blockSize)}</Fact>
      <Fact label="Sub-block">{formatSize(fs.subBlockSize)}</Fact>
      <Fact label="Mode">{fsModeName(fs.config)}</Fact>
      <Fact label="On volume" mono tip="Ties the file system to the LVM header">
        {fs.lvmUuid}
      </Fact>
    </Facts>
  );
}

function Facts({ children }: { children: ReactNode }) {
  return <dl className={css.facts}>{children}</dl>;
}

function Fact({
  label,
  tip,
  mono = false,
  copied,
  children,
}: {
  label: string;
  tip?: string;
  mono?: boolean;
  /** Text for the button that copies it; none where it is undefined. */
  copied?: string;
  children: ReactNode;
}) {
  const copy = async (text: string): Promise<void> => {
    if (await copyText(text)) tell(`The ${label} is copied.`);
  };
  return (
    <>
      <dt>{label}</dt>
      <dd data-tip={tip}>
        <span className={mono ? 'mono' : ''}>{children}</span>
        {copied === undefined ? null : (
          <IconButton label={`Copy ${label}`} onPress={() => void copy(copied)}>
            <Copy size={ICON_SMALL} />
          </IconButton>
        )}
      </dd>
    </>
  );
}

function amount(value: number | string): string {
  return typeof value === 'number' ? formatCount(value) : value;
}

function sizeOf(bytes: number | string): ReactNode {
  return typeof bytes === 'number' ? <span data-tip={formatBytes(bytes)}>{formatSize(bytes)}</span> : `${bytes} bytes`;
}

function moment(at: string | null): ReactNode {
  return at === null ? 'not told' : <Time moment={at} />;
}
