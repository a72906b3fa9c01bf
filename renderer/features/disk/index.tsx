import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react';
import type { ChainOwner, DiskDetail } from '../../../app/contract/types.ts';
import { useView } from '../../state/view.ts';
import { Empty } from '../../ui/bits.tsx';
import { classes } from '../../ui/classes.ts';
import { formatCount, formatOffset } from '../../ui/format.ts';
import hexCss from '../../ui/hex/hex.module.css';
import { ownerClass } from '../../ui/hex/hex-row.tsx';
import { sectorLines } from '../../ui/hex/lines.ts';
import type { ByteStore, StoredRun } from '../../ui/hex/store.ts';
import { HealthGlyph } from '../../ui/icons.tsx';
import { Splitter } from '../../ui/splitter.tsx';
import { BytePane } from '../hex/byte-pane.tsx';
import { isPending, usePlaces } from '../hex/places.ts';
import { useByteStore } from '../hex/use-bytes.ts';
import { useDiskDetail } from '../hex/use-disk.ts';
import { PartitionDisk } from '../partitions/partition-disk.tsx';
import { PartitionsFailed, PartitionsSection } from '../partitions/section.tsx';
import { closePartition, usePartitionStore } from '../partitions/state.ts';
import { usePartitions } from '../partitions/use-partitions.ts';
import { BlockMap } from './block-map.tsx';
import css from './disk.module.css';
import { OwnerKey, shortOwner } from './owners.tsx';

/** Share of the tab's height that the map takes at most, until somebody says otherwise. */
const SHARE = 0.55;
/** What the bytes keep, in pixels. */
const BYTES = 150;
/** What the map keeps. */
const MAP = 140;
/** The partitions table shows a few rows, and more where the window is tall. */
const ROWS = 104;
const TABLE = 0.22;

/** The Disk tab: the guest's disk, who holds what of it, and its bytes. */
export function DiskTab({ path }: { path: string }) {
  const answer = useDiskDetail(path);
  if (answer.value) return answer.value.size > 0 ? <Disk path={path} disk={answer.value} /> : <Nothing />;
  return answer.state === 'failed' ? (
    <Empty title="There is no disk to show">
      {answer.error.message} {answer.error.place.hint}
    </Empty>
  ) : null;
}

function Nothing() {
  return <Empty title="The disk is empty">Its size is 0, so there are no sectors.</Empty>;
}

function Disk({ path, disk }: { path: string; disk: DiskDetail }) {
  const tab = useRef<HTMLDivElement>(null);
  const table = useRef<HTMLDivElement>(null);
  const [{ tall, taken }, setTall] = useState({ tall: 0, taken: 0 });
  const [chosen, setChosen] = useState<number | null>(null);
  const block = useView(({ subject }) => (subject?.kind === 'block' && subject.path === path ? subject.block : null));
  const store = useByteStore('guest', path, disk.size);
  const lines = useMemo(() => sectorLines(disk.size), [disk.size]);
  const at = usePlaces((state) => state.cursors.get(`guest:${path}`)?.at) ?? null;
  const partitions = usePartitions(path);
  const opened = usePartitionStore((state) => state.opened.get(path));
  const partition = partitions.value?.partitions.find(({ number }) => number === opened) ?? null;
  // whoever asks for a place of the disk is shown the disk
  const asked = useView(({ reveal }) => reveal?.path === path && reveal.space === 'guest' && isPending(reveal));
  useEffect(() => {
    if (asked) closePartition(path);
  }, [asked, path]);
  const whole = partition === null;
  const shown = block ?? (at === null ? null : Math.floor(at / disk.blockSize));

  useLayoutEffect(() => {
    const element = tab.current;
    if (!element) return;
    const above = table.current;
    const measure = (): void => setTall({ tall: element.clientHeight, taken: above?.clientHeight ?? 0 });
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    if (above) observer.observe(above);
    return () => observer.disconnect();
  }, [whole]);
  const most = Math.max(MAP, tall - taken - BYTES);
  const height = Math.min(most, chosen ?? Math.round((tall - taken) * SHARE));

  const onBlock = (next: number): void => {
    const from = next * disk.blockSize;
    const { show, inspect, tab } = useView.getState();
    show(tab, { path, space: 'guest', at: from, length: 1, field: null });
    inspect({ kind: 'block', path, block: next });
  };
  const ownerOf = useCallback((byte: number) => store.runAt(byte)?.owner ?? null, [store]);

  if (partition && partitions.value)
    return (
      <div className={css.tab}>
        <PartitionDisk key={partition.number} path={path} layout={partitions.value} partition={partition} />
      </div>
    );
  return (
    <div ref={tab} className={css.tab}>
      {disk.incomplete ? (
        <p className={css.incomplete}>
          <HealthGlyph health="warning" label={null} />
          <span>
            {disk.incompleteWhy ?? 'A parent is missing.'} What it would hold is shown as holes, never as zeros.
          </span>
        </p>
      ) : null}
      <div ref={table} className={css.above}>
        {partitions.value ? (
          <PartitionsSection path={path} layout={partitions.value} most={Math.max(ROWS, Math.round(tall * TABLE))} />
        ) : partitions.state === 'failed' ? (
          <PartitionsFailed error={partitions.error} />
        ) : null}
      </div>
      <div className={css.top}>
        {tall > 0 ? <BlockMap path={path} disk={disk} height={height} block={shown} onBlock={onBlock} /> : null}
      </div>
      <Splitter
        label="Height of the block map"
        side="top"
        value={height}
        min={MAP}
        max={most}
        onChange={setChosen}
        onReset={() => setChosen(null)}
      />
      <BytePane
        label="Bytes of the guest disk"
        path={path}
        space="guest"
        name={`${disk.owners[0]?.name ?? 'disk'} disk`}
        store={store}
        lines={lines}
        start={
          <>
            <h2 className="small strong">Bytes</h2>
            <span className={css.caption}>
              {disk.owners.length > 1 ? 'the guest’s view, with the file that holds each sector' : 'the guest’s view'}
            </span>
          </>
        }
        describe={(byte) => sectorSaid(store.runAt(byte), disk.owners, byte)}
        renderHead={(byte) => <SectorHead at={byte} store={store} owners={disk.owners} />}
        ownerOf={ownerOf}
      />
    </div>
  );
}

/** Names the file that holds a sector, and where in it. */
function SectorHead({ at, store, owners }: { at: number; store: ByteStore; owners: readonly ChainOwner[] }) {
  const run = store.runAt(at);
  const owner = run?.state === 'data' || run?.state === 'lost' ? run.owner : null;
  const name = owner === null ? null : owners[owner];
  return (
    <div className={classes(hexCss.section, owner !== null && ownerClass(owner))} role="row">
      <span className="mono" role="rowheader">
        LBA {formatCount(at / 512)}
      </span>
      {run === null ? null : name && owner !== null ? (
        <span className="row" role="gridcell" data-tip={name.path}>
          <OwnerKey owner={owner} />
          <span className="mono">{shortOwner(name)}</span>
          {run.state === 'lost' ? <span>lost: should be</span> : null}
          {run.fileOffset === null ? null : (
            <span>
              at <span className="mono">{formatOffset(run.fileOffset + (at - run.at))}</span>
            </span>
          )}
        </span>
      ) : (
        <span className="row" role="gridcell">
          <OwnerKey owner={null} />
          {run.state === 'hole' ? 'hole: in a parent that is missing' : 'nobody: reads as zeros'}
        </span>
      )}
    </div>
  );
}

function sectorSaid(run: StoredRun | null, owners: readonly ChainOwner[], at: number): string {
  const lba = `LBA ${Math.floor(at / 512)}`;
  if (run === null) return lba;
  const owner = run.owner === null ? null : owners[run.owner];
  if (run.state === 'hole') return `${lba}, in a parent that is missing`;
  return owner ? `${lba}, held by ${shortOwner(owner)}` : `${lba}, held by nobody`;
}
