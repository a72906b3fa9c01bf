import { useCallback, useMemo, useRef, useState } from 'react';
import type { ImageDetail, StructurePart } from '../../../app/contract/types.ts';
import { SECTOR, UNALLOCATED } from '../../../core/formats/vhd/constants.ts';
import { type Reveal, useView } from '../../state/view.ts';
import { PanelHead } from '../../ui/bits.tsx';
import { Segments } from '../../ui/button.tsx';
import { classes } from '../../ui/classes.ts';
import { formatCount, formatOffset, formatSize, plural } from '../../ui/format.ts';
import type { Cursor } from '../../ui/hex/cursor.ts';
import type { HexHandle } from '../../ui/hex/hex-view.tsx';
import { tableOverlay } from '../../ui/hex/overlay.ts';
import { HealthGlyph } from '../../ui/icons.tsx';
import { CopyMenu } from '../hex/copy-menu.tsx';
import { focusSoon } from '../hex/focus.ts';
import { type BatPlace, type EntryState, entryState, indexIn } from './bat.ts';
import { PartBytes } from './part-bytes.tsx';
import css from './structures.module.css';
import { useEntries, useSurvey } from './use-bat.ts';
import { useReveal } from './use-reveal.ts';
import { type RowsHandle, VirtualRows } from './virtual-rows.tsx';

const STATES: Record<EntryState, { text: string; health: 'ok' | 'error' | null }> = {
  'none': { text: 'not allocated', health: null },
  'placed': { text: 'allocated', health: 'ok' },
  'past-end': { text: 'reaches past the end of the file', health: 'error' },
  'in-metadata': { text: 'points into the image’s own structures', health: 'error' },
};

const COLUMNS = [
  { title: 'Block', width: '84px', number: true },
  { title: 'Guest offset', width: '104px', number: true },
  { title: 'Sector', width: '110px', number: true },
  { title: 'Bitmap at', width: '120px', number: true },
  { title: 'State', width: '1fr', number: false },
];

/** The block allocation table: an entry a block, with where it leads. */
export function BatView({ path, detail, part }: { path: string; detail: ImageDetail; part: StructurePart }) {
  const answer = useEntries(path, part);
  const [filter, setFilter] = useState<'all' | 'allocated'>('all');
  const [block, setBlock] = useState<number | null>(null);
  const [cursor, setCursor] = useState<Cursor>({ at: part.at, anchor: part.at });
  const hex = useRef<HexHandle>(null);
  const rows = useRef<RowsHandle>(null);
  const entries = answer.value;
  const { blockSize, bitmapBytes } = detail;
  const place = useMemo<BatPlace>(() => {
    const own = detail.parts.filter(
      ({ id, kind, state }) => kind !== 'blocks' && kind !== 'gap' && state !== 'missing' && id !== 'footer',
    );
    return {
      fileSize: detail.row.fileSize,
      metadata: own.map(({ at, length }) => ({ from: at, to: at + length })),
      blockLength: bitmapBytes + (blockSize ?? 0),
    };
  }, [detail, bitmapBytes, blockSize]);
  const survey = useSurvey(entries, place);
  const allocated = survey?.allocated ?? null;
  const troubled = survey?.troubled ?? 0;
  const total = entries?.length ?? 0;
  const blocks = detail.row.blocks?.total ?? total;
  const shown = filter === 'all' ? total : (allocated?.length ?? 0);
  const blockOf = useCallback(
    (index: number) => (filter === 'all' ? index : (allocated?.[index] ?? 0)),
    [filter, allocated],
  );
  const indexOf = (wanted: number): number => (filter === 'all' ? wanted : allocated ? indexIn(allocated, wanted) : -1);

  const select = (next: number): void => {
    setBlock(next);
    const at = part.at + next * 4;
    setCursor({ at: at + 3, anchor: at });
    hex.current?.reach(at);
    if (next < blocks) useView.getState().inspect({ kind: 'block', path, block: next });
  };
  useReveal(path, part, entries !== null, ({ at }: Reveal) => {
    const next = Math.floor((at - part.at) / 4);
    if (next < total) {
      setFilter('all');
      select(next);
      rows.current?.reach(next);
    }
    return focusSoon(() => hex.current?.focus());
  });

  const overlay = useMemo(() => {
    const at = part.at;
    return tableOverlay(at, at + part.length, 4, (index) => {
      const state = entryState(entries?.[index] ?? UNALLOCATED, place);
      // what is not allocated stays plain, so that what is stands out
      const tone = state === 'none' ? (index === block ? 8 : 0) : index % 2 === 0 ? 1 : 5;
      return { name: `entry ${index}`, tone, bad: STATES[state].health === 'error' };
    });
  }, [part.at, part.length, entries, place, block]);
  const caption = survey
    ? `${formatCount(survey.allocated.length)} of ${plural(total, 'entry', 'entries')} allocated${troubled > 0 ? `, ${formatCount(troubled)} in trouble` : ''}`
    : part.note;
  return (
    <>
      <PanelHead title="Block allocation table" caption={caption}>
        <Segments
          label="Entries shown"
          value={filter}
          options={[
            { id: 'all', label: 'All' },
            { id: 'allocated', label: 'Allocated' },
          ]}
          onChange={setFilter}
        />
        <CopyMenu
          copied={{
            target: { space: 'file', path },
            range: { at: part.at, length: part.length },
            name: `${detail.row.name} bat`,
          }}
        />
      </PanelHead>
      <div className={css.upper}>
        <VirtualRows
          key={filter}
          label="Entries of the block allocation table"
          columns={COLUMNS}
          count={shown}
          selected={block === null ? -1 : indexOf(block)}
          onSelect={(index) => select(blockOf(index))}
          handle={rows}
          empty={survey === null ? 'Reading the table…' : 'No block is allocated.'}
          cells={(index) => {
            const at = blockOf(index);
            const entry = entries?.[at] ?? UNALLOCATED;
            const state = entryState(entry, place);
            const { text, health } = STATES[state];
            const free = state === 'none';
            return [
              <span key="b">{formatCount(at)}</span>,
              <span key="g" className="dim" data-tip={formatOffset(at * (blockSize ?? 0))}>
                {at < blocks ? formatSize(at * (blockSize ?? 0)) : 'past the disk'}
              </span>,
              <span key="s" className={classes('mono', free && 'faint')}>
                {free ? 'ffffffff' : formatCount(entry)}
              </span>,
              <span
                key="o"
                className={classes('mono', free && 'faint')}
                data-tip={free ? undefined : formatCount(entry * SECTOR)}
              >
                {free ? '—' : formatOffset(entry * SECTOR)}
              </span>,
              <span key="t" className={classes('row', css.tight)}>
                {health === null ? null : <HealthGlyph health={health} label={null} />}
                <span className={classes('clip', health !== 'error' && 'faint')}>{text}</span>
              </span>,
            ];
          }}
        />
      </div>
      <div className={css.divided}>
        <PanelHead
          title="Bytes"
          caption={
            <>
              4 bytes an entry, the sector of a block’s bitmap · at{' '}
              <span className="mono">{formatOffset(part.at)}</span>
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
          label="Bytes of the block allocation table"
          overlay={overlay}
          field={block === null ? null : `entry ${block}`}
          cursor={cursor}
          onCursor={(next) => {
            setCursor(next);
            const entry = Math.floor((next.at - part.at) / 4);
            setBlock(next.at === next.anchor && entry < total ? entry : null);
            if (entry < total && filter === 'all') rows.current?.reach(entry);
          }}
          describe={(at) => `entry ${Math.floor((at - part.at) / 4)}`}
          handle={hex}
        />
      </div>
    </>
  );
}
