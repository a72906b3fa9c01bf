import { useEffect, useMemo } from 'react';
import type { ImageDetail } from '../../../app/contract/types.ts';
import { structureById } from '../../../core/formats/structures.ts';
import { isDropped } from '../../state/dropped.ts';
import { useImageDetail } from '../../state/image.ts';
import { type Space, useView } from '../../state/view.ts';
import { Empty } from '../../ui/bits.tsx';
import { Segments } from '../../ui/button.tsx';
import { formatCount, formatOffset } from '../../ui/format.ts';
import { plainLines } from '../../ui/hex/lines.ts';
import { fieldOverlay, type Overlay, overlayOf, type Span } from '../../ui/hex/overlay.ts';
import { BytePane } from './byte-pane.tsx';
import css from './hex.module.css';
import { isPending, placeKey, setSpace, usePlaces } from './places.ts';
import { useByteStore } from './use-bytes.ts';
import { useDiskDetail } from './use-disk.ts';

const SPACES = [
  { id: 'file', label: 'File', tip: 'Bytes of this file, by file offset' },
  { id: 'guest', label: 'Guest disk', tip: 'What the machine sees, by guest offset' },
] as const;

/** The Hex tab: any byte of the file, or of the guest's disk. */
export function HexTab({ path }: { path: string }) {
  const detail = useImageDetail(path);
  const disk = useDiskDetail(path);
  const space = usePlaces((state) => state.spaces.get(path)) ?? 'file';
  const reveal = useView((state) => (state.reveal?.path === path ? state.reveal : null));
  useEffect(() => {
    if (reveal && isPending(reveal)) setSpace(path, reveal.space);
  }, [reveal, path]);
  const size = space === 'file' ? detail.value?.row.fileSize : disk.value?.size;
  const failed = space === 'file' ? detail : disk;
  if (size === undefined)
    return failed.state === 'failed' ? (
      <div className={css.pane}>
        <div className={css.bar}>
          <SpaceChoice path={path} space={space} />
        </div>
        <Empty title="These bytes cannot be read">{failed.error.message}</Empty>
      </div>
    ) : null;
  return <Bytes key={space} path={path} space={space} size={size} detail={detail.value} />;
}

function Bytes({
  path,
  space,
  size,
  detail,
}: {
  path: string;
  space: Space;
  size: number;
  detail: ImageDetail | null;
}) {
  const store = useByteStore(space, path, size);
  const lines = useMemo(() => plainLines(0, size), [size]);
  const overlay = useMemo(() => (space === 'file' && detail ? partsOverlay(detail) : null), [space, detail]);
  const at = usePlaces((state) => state.cursors.get(placeKey(space, path)))?.at ?? 0;
  const where = space === 'file' && detail ? placeOf(detail, overlay, at) : `LBA ${formatCount(Math.floor(at / 512))}`;
  const name = detail?.row.name ?? path;
  if (size === 0)
    return (
      <div className={css.pane}>
        <Empty title="The file is empty">There are no bytes to show.</Empty>
      </div>
    );
  return (
    <BytePane
      label={space === 'file' ? 'Bytes of the file' : 'Bytes of the guest disk'}
      path={path}
      space={space}
      name={name}
      store={store}
      lines={lines}
      overlay={overlay}
      describe={(offset) => (detail && space === 'file' ? placeOf(detail, overlay, offset) : null)}
      start={
        <>
          {isDropped(path) ? null : <SpaceChoice path={path} space={space} />}
          <span className={css.place} data-tip={`${formatCount(at)} of ${formatCount(size)} bytes`}>
            <span className="mono">{formatOffset(at)}</span>
            {where === null ? '' : ` · ${where}`}
          </span>
        </>
      }
    />
  );
}

function SpaceChoice({ path, space }: { path: string; space: Space }) {
  return <Segments label="Bytes of" value={space} options={SPACES} onChange={(next) => setSpace(path, next)} />;
}

/** Fields of every structure of the file, over its bytes. */
function partsOverlay({ parts, findings }: ImageDetail): Overlay {
  const spans: Span[] = [];
  for (const { structure, at, length } of parts) {
    const table = structure === null ? null : structureById(structure);
    if (!table || length === 0) continue;
    const bad = findings.filter(
      (finding) => finding.field !== null && finding.structure === structure && within(finding.offset, at, length),
    );
    const overlay = fieldOverlay(at, table.fields, new Set(bad.map(({ field }) => field ?? '')));
    spans.push(...overlay.spans(at, length));
  }
  spans.sort((a, b) => a.at - b.at);
  return overlayOf(spans.filter((span, index) => span.at >= endOf(spans[index - 1])));
}

function endOf(span: Span | undefined): number {
  return span ? span.at + span.length : 0;
}

function within(offset: number | null, at: number, length: number): boolean {
  return offset !== null && offset >= at && offset < at + length;
}

/** What a byte of the file belongs to: "Footer, checksum". */
function placeOf({ parts }: ImageDetail, overlay: Overlay | null, at: number): string | null {
  const part = parts.find((one) => within(at, one.at, one.length));
  if (!part) return null;
  const field = overlay?.spans(at, 1)[0];
  return field ? `${part.title}, ${field.name}` : part.title;
}
