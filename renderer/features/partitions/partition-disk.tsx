import { ArrowLeft, HardDriveDownload } from 'lucide-react';
import { useMemo } from 'react';
import type { PartitionsAnswer } from '../../../app/contract/types.ts';
import { structureById } from '../../../core/formats/structures.ts';
import type { PartitionOnDisk } from '../../../core/partitions/disk.ts';
import { openDialog } from '../../state/dialogs.ts';
import { Empty } from '../../ui/bits.tsx';
import { Button } from '../../ui/button.tsx';
import { formatBytes, formatCount, formatOffset, formatSize } from '../../ui/format.ts';
import { plainLines } from '../../ui/hex/lines.ts';
import { fieldOverlay, overlayOf } from '../../ui/hex/overlay.ts';
import { ICON_SMALL } from '../../ui/icons.tsx';
import { BytePane } from '../hex/byte-pane.tsx';
import type { ByteWindow } from '../hex/byte-window.ts';
import { placeKey, setCursor } from '../hex/places.ts';
import { useByteStore } from '../hex/use-bytes.ts';
import { useVolumes } from '../vmfs/volumes.ts';
import css from './partitions.module.css';
import { closePartition } from './state.ts';
import { type KnownStructure, structuresIn } from './structures.ts';
import { STATES, typeText } from './words.ts';

/** One partition as a disk of its own: its bytes from 0, and the structures that are known to stand in it. */
export function PartitionDisk({
  path,
  layout,
  partition,
}: {
  path: string;
  layout: PartitionsAnswer;
  partition: PartitionOnDisk;
}) {
  const { sectorSize, size } = layout;
  const at = partition.start * sectorSize;
  const length = Math.max(0, Math.min(partition.sectors * sectorSize, size - at));
  const window = useMemo<ByteWindow>(() => ({ at, length }), [at, length]);
  const store = useByteStore('guest', path, length, window);
  const lines = useMemo(() => plainLines(0, length), [length]);
  const look = useVolumes(path, layout);
  const volumes = look?.state === 'done' ? look.answer.disks[0]?.volumes : undefined;
  const known = useMemo(() => structuresIn(window, layout.structures, volumes ?? []), [window, layout, volumes]);
  const overlay = useMemo(() => overlayFor(known), [known]);
  const key = placeKey('guest', path, window);
  const goTo = (structure: KnownStructure): void => setCursor(key, { at: structure.at, anchor: structure.at });
  const { fileSystem } = partition;
  const { code, name } = typeText(partition);
  const title = `Partition ${partition.number}`;
  return (
    <>
      <section className={css.opened} aria-label={title}>
        <div className={css.head}>
          <Button small variant="quiet" onPress={() => closePartition(path)}>
            <ArrowLeft size={ICON_SMALL} aria-hidden="true" />
            Whole disk
          </Button>
          <h3>{title}</h3>
          <span className={css.caption}>
            {[code, name].filter(Boolean).join(' ')} · offsets are the partition’s own
          </span>
          <span className="grow" />
          <Button
            small
            variant="quiet"
            isDisabled={length === 0}
            onPress={() => openDialog({ kind: 'save-partition', path, partition: partition.number })}
          >
            <HardDriveDownload size={ICON_SMALL} aria-hidden="true" />
            Save…
          </Button>
        </div>
        <dl className={css.facts}>
          <Fact label="Size" tip={formatBytes(partition.sectors * sectorSize)}>
            {formatSize(partition.sectors * sectorSize)}
          </Fact>
          <Fact label="On the disk" tip={`${formatOffset(at)}, ${formatCount(at)} bytes`}>
            LBA {formatCount(partition.start)} – {formatCount(partition.end)}
          </Fact>
          <Fact label="Content">
            {fileSystem ? fileSystem.title : partition.kind === 'extended' ? 'logical partitions' : 'nothing known'}
          </Fact>
          {fileSystem?.label ? <Fact label="Label">{fileSystem.label}</Fact> : null}
          {fileSystem?.id ? (
            <Fact label="Id" tip={fileSystem.id}>
              <span className="mono">{fileSystem.id}</span>
            </Fact>
          ) : null}
          {fileSystem?.state ? <Fact label="State">{STATES[fileSystem.state]}</Fact> : null}
          {!fileSystem || fileSystem.size === null ? null : (
            <Fact label="Its own size" tip={formatBytes(fileSystem.size)}>
              {formatSize(fileSystem.size)}
            </Fact>
          )}
          {known.map((one) => (
            <Fact key={one.id} label={one.title}>
              <Button variant="link" onPress={() => goTo(one)}>
                <span className="mono">{formatOffset(one.at)}</span>
              </Button>
            </Fact>
          ))}
        </dl>
      </section>
      {length === 0 ? (
        <Empty title="It lies past the end of the disk">There are no bytes to show.</Empty>
      ) : (
        <BytePane
          key={key}
          label={`Bytes of partition ${partition.number}`}
          path={path}
          space="guest"
          window={window}
          name={`partition ${partition.number}`}
          store={store}
          lines={lines}
          overlay={overlay}
          describe={(byte) => placeOf(known, byte)}
          start={<h2 className="small strong">Bytes</h2>}
        />
      )}
    </>
  );
}

function Fact({ label, tip, children }: { label: string; tip?: string; children: React.ReactNode }) {
  return (
    <div>
      <dt>{label}</dt>
      <dd data-tip={tip}>{children}</dd>
    </div>
  );
}

function overlayFor(known: readonly KnownStructure[]) {
  const spans = known.flatMap(({ at, structure }) => {
    const table = structureById(structure);
    return table ? fieldOverlay(at, table.fields, new Set()).spans(at, table.length) : [];
  });
  return spans.length === 0 ? null : overlayOf(spans);
}

function placeOf(known: readonly KnownStructure[], byte: number): string | null {
  const one = known.find(({ at, structure }) => byte >= at && byte < at + (structureById(structure)?.length ?? 0));
  return one?.title ?? null;
}
