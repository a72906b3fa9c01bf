import { useEffect, useMemo, useRef, useState } from 'react';
import type { ImageDetail, StructurePart } from '../../../app/contract/types.ts';
import { countSet } from '../../../core/formats/vhd/bitmap.ts';
import { SECTOR } from '../../../core/formats/vhd/constants.ts';
import { useView } from '../../state/view.ts';
import { PanelHead } from '../../ui/bits.tsx';
import { Button } from '../../ui/button.tsx';
import { formatCount, formatOffset, formatSize } from '../../ui/format.ts';
import type { Cursor } from '../../ui/hex/cursor.ts';
import { overlayOf } from '../../ui/hex/overlay.ts';
import { useBytes } from '../hex/use-bytes.ts';
import { blocksInFile } from './bat.ts';
import { BitGrid } from './bit-grid.tsx';
import { PartBytes } from './part-bytes.tsx';
import css from './structures.module.css';
import { pause, useEntries } from './use-bat.ts';
import { useReveal } from './use-reveal.ts';
import { type RowsHandle, VirtualRows } from './virtual-rows.tsx';

const COLUMNS = [
  { title: 'Block', width: '80px', number: true },
  { title: 'Guest offset', width: '100px', number: true },
  { title: 'Bitmap at', width: '118px', number: true },
  { title: 'Data at', width: '1fr', number: false },
];

/** Blocks in file order, and of the chosen one its sector bitmap and its bytes. */
export function BlocksView({ path, detail, part }: { path: string; detail: ImageDetail; part: StructurePart }) {
  const bat = detail.parts.find(({ id }) => id === 'bat') ?? null;
  const answer = useEntries(path, bat);
  const [blocks, setBlocks] = useState<{ of: StructurePart; list: Uint32Array } | null>(null);
  const [index, setIndex] = useState(0);
  const rows = useRef<RowsHandle>(null);
  /** Byte of the file somebody asked to see. */
  const [wanted, setWanted] = useState<number | null>(null);
  const entries = answer.value;
  const size = detail.blockSize ?? 0;
  useEffect(() => {
    if (!entries) return;
    let gone = false;
    void blocksInFile(entries, part.at, part.length, pause).then((list) => {
      if (!gone) setBlocks({ of: part, list });
    });
    return () => {
      gone = true;
    };
  }, [entries, part]);
  const list = blocks?.of === part ? blocks.list : null;
  const offsetOf = (place: number): number => (entries?.[list?.[place] ?? 0] ?? 0) * SECTOR;
  const choose = (next: number): void => {
    setIndex(next);
    const block = list?.[next];
    if (block !== undefined) useView.getState().inspect({ kind: 'block', path, block });
  };
  useReveal(path, part, list !== null, ({ at }) => {
    if (!list) return undefined;
    let low = 0;
    let high = list.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (offsetOf(middle) <= at) low = middle;
      else high = middle - 1;
    }
    choose(low);
    rows.current?.reach(low);
    setWanted(at);
    return undefined;
  });
  const block = list?.[index];
  return (
    <>
      <PanelHead title={part.title} caption={`in file order${part.note === null ? '' : ` · ${part.note}`}`}>
        <Button variant="quiet" small onPress={() => useView.getState().setTab('disk')}>
          Show in Disk
        </Button>
      </PanelHead>
      <div className={css.third}>
        <VirtualRows
          label="Blocks in file order"
          columns={COLUMNS}
          count={list?.length ?? 0}
          selected={index}
          onSelect={choose}
          handle={rows}
          empty={list === null ? 'Reading the block allocation table…' : 'No block starts here.'}
          cells={(place) => {
            const at = offsetOf(place);
            const number = list?.[place] ?? 0;
            return [
              <span key="b">{formatCount(number)}</span>,
              <span key="g" className="dim" data-tip={formatOffset(number * size)}>
                {formatSize(number * size)}
              </span>,
              <span key="m" className="mono" data-tip={formatCount(at)}>
                {formatOffset(at)}
              </span>,
              <span key="d" className="mono">
                {formatOffset(at + detail.bitmapBytes)}
              </span>,
            ];
          }}
        />
      </div>
      {block === undefined ? null : (
        <Block key={block} path={path} detail={detail} block={block} at={offsetOf(index)} wanted={wanted} />
      )}
    </>
  );
}

function Block({
  path,
  detail,
  block,
  at,
  wanted,
}: {
  path: string;
  detail: ImageDetail;
  block: number;
  /** File offset of its bitmap. */
  at: number;
  wanted: number | null;
}) {
  const { bitmapBytes, blockSize, row } = detail;
  const size = blockSize ?? 0;
  const sectors = size / SECTOR;
  const length = Math.min(row.fileSize - at, bitmapBytes + size);
  const answer = useBytes('file', path, at, Math.max(0, Math.min(bitmapBytes, row.fileSize - at)));
  const [sector, setSector] = useState<number | null>(null);
  const inside = wanted !== null && wanted >= at && wanted < at + length ? wanted : null;
  const [cursor, setCursor] = useState<Cursor>({ at: inside ?? at, anchor: inside ?? at });
  const overlay = useMemo(
    () => overlayOf([{ at, length: bitmapBytes, name: 'sector bitmap', tone: 3, bad: false }]),
    [at, bitmapBytes],
  );
  const bits = answer.value?.bytes ?? null;
  const owns = (set: boolean): string => (set ? 'in this image' : 'not in this image');
  return (
    <>
      <div className={css.divided}>
        <PanelHead
          title="Sector bitmap"
          caption={
            bits
              ? `block ${formatCount(block)}: ${formatCount(countSet(bits, sectors))} of ${formatCount(sectors)} sectors are in this image`
              : ''
          }
        />
      </div>
      <div className={css.third}>
        {bits ? (
          <BitGrid
            label={`Sector bitmap of block ${block}`}
            bits={bits}
            count={sectors}
            cursor={sector}
            onCursor={(next) => {
              setSector(next);
              const byte = at + (next >> 3);
              setCursor({ at: byte, anchor: byte });
            }}
            rowLabel={(bit) => formatCount(bit)}
            describe={(bit, set) => `sector ${formatCount(bit)} of the block, ${owns(set)}`}
            tip={(bit, set) => (
              <>
                <b>sector {formatCount(bit)}</b> <span className="dim">LBA {formatCount(block * sectors + bit)}</span>
                <div>{owns(set)}</div>
              </>
            )}
          />
        ) : null}
      </div>
      <div className={css.divided}>
        <PanelHead
          title="Bytes"
          caption={
            <>
              bitmap, {formatSize(bitmapBytes)}, then data, {formatSize(size)} · at{' '}
              <span className="mono">{formatOffset(at)}</span>
            </>
          }
        />
      </div>
      <div className={css.lower}>
        <PartBytes
          path={path}
          fileSize={row.fileSize}
          at={at}
          length={length}
          label={`Bytes of block ${block}`}
          overlay={overlay}
          cursor={cursor}
          onCursor={setCursor}
          shown={inside}
          describe={(byte) =>
            byte < at + bitmapBytes
              ? 'sector bitmap'
              : `sector ${Math.floor((byte - at - bitmapBytes) / SECTOR)} of the block`
          }
        />
      </div>
    </>
  );
}
