import { useRef, useState } from 'react';
import { MAX_READ } from '../../../app/contract/contract.ts';
import type { ImageDetail, StructurePart } from '../../../app/contract/types.ts';
import { bitmapHas, countSet } from '../../../core/formats/vhd/bitmap.ts';
import { useView } from '../../state/view.ts';
import { PanelHead } from '../../ui/bits.tsx';
import { formatCount, formatOffset, formatSize } from '../../ui/format.ts';
import type { Cursor } from '../../ui/hex/cursor.ts';
import type { HexHandle } from '../../ui/hex/hex-view.tsx';
import { CopyMenu } from '../hex/copy-menu.tsx';
import { focusSoon } from '../hex/focus.ts';
import { useBytes } from '../hex/use-bytes.ts';
import { BitGrid } from './bit-grid.tsx';
import { PartBytes } from './part-bytes.tsx';
import css from './structures.module.css';
import { useReveal } from './use-reveal.ts';

/** The batmap's bits: a bit a block, set when the block is full. */
export function BatmapView({ path, detail, part }: { path: string; detail: ImageDetail; part: StructurePart }) {
  const answer = useBytes('file', path, part.at, Math.min(part.length, MAX_READ));
  const [block, setBlock] = useState<number | null>(null);
  const [cursor, setCursor] = useState<Cursor>({ at: part.at, anchor: part.at });
  const hex = useRef<HexHandle>(null);
  const bits = answer.value?.bytes ?? null;
  const blocks = Math.min(detail.row.blocks?.total ?? part.length * 8, part.length * 8);
  const size = detail.blockSize ?? 0;
  const select = (next: number): void => {
    setBlock(next);
    const at = part.at + (next >> 3);
    setCursor({ at, anchor: at });
    hex.current?.reach(at);
    useView.getState().inspect({ kind: 'block', path, block: next });
  };
  useReveal(path, part, bits !== null, ({ at }) => {
    select(Math.min(blocks - 1, (at - part.at) * 8));
    return focusSoon(() => hex.current?.focus());
  });
  const word = (set: boolean): string => (set ? 'full, it says' : 'not full, it says');
  return (
    <>
      <PanelHead
        title={part.title}
        caption={
          bits ? `${formatCount(countSet(bits, blocks))} of ${formatCount(blocks)} blocks are full, it says` : ''
        }
      >
        <CopyMenu
          copied={{
            target: { space: 'file', path },
            range: { at: part.at, length: part.length },
            name: `${detail.row.name} batmap`,
          }}
        />
      </PanelHead>
      <div className={css.upper}>
        {bits ? (
          <BitGrid
            label="Bits of the batmap, one a block"
            bits={bits}
            count={blocks}
            cursor={block}
            onCursor={select}
            rowLabel={(bit) => formatCount(bit)}
            describe={(bit, set) => `block ${formatCount(bit)}, ${word(set)}`}
            tip={(bit, set) => (
              <>
                <b>block {formatCount(bit)}</b> <span className="dim">at {formatSize(bit * size)}</span>
                <div>{word(set)}; the sector bitmap decides</div>
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
              first block in the highest bit · at <span className="mono">{formatOffset(part.at)}</span>
            </>
          }
        />
      </div>
      <div className={css.lower}>
        <PartBytes
          path={path}
          fileSize={detail.row.fileSize}
          at={part.at}
          length={part.length}
          label="Bytes of the batmap"
          cursor={cursor}
          onCursor={(next) => {
            setCursor(next);
            const first = (next.at - part.at) * 8;
            setBlock(first < blocks ? first : null);
          }}
          describe={(at) => {
            const first = (at - part.at) * 8;
            const set = bits
              ? Array.from({ length: 8 }, (_, bit) => bitmapHas(bits, first + bit)).filter(Boolean).length
              : 0;
            return `blocks ${first} to ${first + 7}, ${set} full`;
          }}
          handle={hex}
        />
      </div>
    </>
  );
}
