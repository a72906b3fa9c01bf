import { Minus, Plus } from 'lucide-react';
import {
  type KeyboardEvent,
  useCallback,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
  useSyncExternalStore,
} from 'react';
import type { DiskDetail } from '../../../app/contract/types.ts';
import { useCase } from '../../state/case.ts';
import { useClient } from '../../state/client.ts';
import { SectionHead } from '../../ui/bits.tsx';
import { IconButton, Segments } from '../../ui/button.tsx';
import { formatCount, formatSize, plural } from '../../ui/format.ts';
import { ICON_SMALL } from '../../ui/icons.tsx';
import { BlockTip, blockTitle, lookWord } from './block-tip.tsx';
import { CellMap, type CellMapHandle } from './cell-map.tsx';
import css from './disk.module.css';
import { blocksOf, fitLayout, zoomedLayout, zoomStep } from './geometry.ts';
import { MapStore } from './map-store.ts';
import { Legend, shortOwner } from './owners.tsx';

/** Room for the offsets left of the rows. */
const GUTTER = 62;
/** Heading, legend and margins. */
const AROUND = 76;

/** Which file of the chain answers for each block: one cell a block or a few, at any scale from all of the disk to 1:1. */
export function BlockMap({
  path,
  disk,
  height,
  block,
  onBlock,
}: {
  path: string;
  disk: DiskDetail;
  /** Pixels there are for all of it; a small map takes less. */
  height: number;
  /** Selected block. */
  block: number | null;
  onBlock: (block: number) => void;
}) {
  const client = useClient();
  const rev = useCase((state) => state.chains.rev);
  const frame = useRef<HTMLDivElement>(null);
  const map = useRef<CellMapHandle>(null);
  const [wide, setWide] = useState(0);
  /** Blocks a cell; null fits all of the disk in. */
  const [per, setPer] = useState<number | null>(null);
  const store = useMemo(() => {
    // eslint-disable-next-line @typescript-eslint/no-unused-expressions -- another revision is another disk
    rev;
    return new MapStore(disk.blocks, async (from, to, step, signal) => {
      const { cells } = await client.call('disk.map', { path, from, to, per: step }, signal);
      return cells;
    });
  }, [client, path, disk.blocks, rev]);
  const version = useSyncExternalStore(store.subscribe, store.version);

  useLayoutEffect(() => {
    const element = frame.current;
    if (!element) return;
    const measure = (): void => setWide(element.clientWidth);
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  // 12 px are the scroll bar's
  const width = wide - GUTTER - 12;
  const room = Math.max(40, height - AROUND);
  const fit = useMemo(() => fitLayout(disk.blocks, width, room), [disk.blocks, width, room]);
  const layout = useMemo(
    () => (per === null || per >= fit.per ? fit : zoomedLayout(disk.blocks, per, width)),
    [per, fit, disk.blocks, width],
  );
  const scale = layout.per;
  const look = useCallback((cell: number) => store.look(scale, cell), [store, scale]);
  const want = useCallback((first: number, last: number) => store.want(scale, first, last), [store, scale]);
  const rowLabel = useCallback(
    (cell: number) => (cell === 0 ? '0' : formatSize(cell * scale * disk.blockSize)),
    [scale, disk.blockSize],
  );
  const cursor = block === null ? null : Math.floor(block / scale);

  const zoomTo = (next: number | null, around: number | null): void => {
    setPer(next === fit.per ? null : next);
    // the cell that was looked at stays in view
    if (around !== null && next !== null) requestAnimationFrame(() => map.current?.reach(Math.floor(around / next)));
  };
  const zoom = (step: 'in' | 'out', cell: number | null): void => {
    const next = zoomStep(scale, step, fit.per);
    if (next !== null) zoomTo(next, cell === null ? block : cell * scale);
  };
  const onKey = ({ key, ctrlKey, metaKey }: KeyboardEvent): boolean => {
    if (ctrlKey || metaKey) return false;
    if (key === '+' || key === '=') zoom('in', cursor);
    else if (key === '-') zoom('out', cursor);
    else if (key === '1') zoomTo(1, block);
    else if (key === '0') zoomTo(null, null);
    else return false;
    return true;
  };

  const describe = (cell: number): string => {
    const { from, to } = blocksOf(cell, layout, disk.blocks);
    const seen = look(cell);
    const owner = seen.owner === null ? null : disk.owners[seen.owner];
    return `${blockTitle(from, to)} at ${formatSize(from * disk.blockSize)}, ${owner ? `${shortOwner(owner)}, ` : ''}${lookWord(seen)}`;
  };
  const each = scale === 1 ? 'one to a cell' : `${formatCount(scale)} to a cell`;
  const isFit = per === null || scale === fit.per;
  return (
    <div className={css.mapSection}>
      <SectionHead
        title="Block map"
        caption={`${plural(disk.blocks, 'block')} of ${formatSize(disk.blockSize)}, ${each}; the file that answers a read`}
      >
        <span className={css.zoom}>
          <IconButton label="Farther (−)" isDisabled={isFit} onPress={() => zoom('out', cursor)}>
            <Minus size={ICON_SMALL} />
          </IconButton>
          <IconButton label="Closer (+)" isDisabled={scale === 1} onPress={() => zoom('in', cursor)}>
            <Plus size={ICON_SMALL} />
          </IconButton>
          <Segments
            label="Scale"
            value={isFit ? 'fit' : scale === 1 ? 'one' : 'between'}
            options={[
              { id: 'one', label: '1:1', tip: 'A cell a block (1)' },
              { id: 'fit', label: 'Fit', tip: 'All of the disk (0)' },
            ]}
            onChange={(chosen) => zoomTo(chosen === 'fit' ? null : 1, block)}
          />
        </span>
      </SectionHead>
      <div ref={frame} className={css.frame} style={{ height: Math.min(room, layout.rows * layout.pitch) }}>
        {wide > 0 ? (
          <CellMap
            label={`Block map: ${formatCount(layout.cells)} cells of ${formatSize(scale * disk.blockSize)}`}
            layout={layout}
            look={look}
            version={version}
            cursor={cursor}
            onCursor={(cell) => onBlock(cell * scale)}
            onRange={want}
            onKey={onKey}
            onZoom={zoom}
            rowLabel={rowLabel}
            gutter={GUTTER}
            describe={describe}
            tip={(cell) => (
              <BlockTip path={path} disk={disk} {...blocksOf(cell, layout, disk.blocks)} look={look(cell)} />
            )}
            handle={map}
          />
        ) : null}
      </div>
      <Legend disk={disk} />
    </div>
  );
}
