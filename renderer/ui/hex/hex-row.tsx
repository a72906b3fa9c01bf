import { Bookmark, OctagonX } from 'lucide-react';
import { memo, type ReactNode, useMemo } from 'react';
import { classes } from '../classes.ts';
import css from './hex.module.css';
import { type Mark, marksIn, type Overlay, type Span } from './overlay.ts';
import { type ByteMark, type Group, layoutRow, type Run, unknownWord } from './row.ts';
import type { Slice } from './store.ts';

const FIELD = ['', css.f1, css.f2, css.f3, css.f4, css.f5, css.f6, css.f7, css.f8, css.f9, css.f10];
const OWNER = [css.o1, css.o2, css.o3, css.o4, css.o5, css.o6];

/** Class that colours a field as the bytes do; for the key beside its name. */
export function fieldClass(tone: number): string {
  return classes(css.f, tone === 0 ? css.gap : FIELD[tone]);
}

export function ownerClass(owner: number): string {
  return OWNER[owner % OWNER.length] ?? '';
}

const WORDS = { hole: 'hole: its parent is missing', lost: 'lost: not in the file', unread: 'not read' };

interface RowProps {
  id: string;
  /** Line of the list, from 0. */
  line: number;
  at: number;
  length: number;
  /** Answers the row's bytes; asked again when `revision` changes. */
  slice: (at: number, length: number) => Slice;
  revision: number;
  overlay: Overlay | null;
  marks: readonly Mark[] | null;
  /** Name of the field that is selected; the whole field lights up. */
  field: string | null;
  /** Selected bytes within this row; -1 when there are none. */
  from: number;
  to: number;
  /** Byte of this row the cursor is on; -1 when it is elsewhere. */
  cursor: number;
  digits: number;
  /** Index of the file in the chain that holds the row; -1 for none. */
  owner: number;
}

/** One row of 16 bytes. */
export const HexRow = memo(function HexRow({
  id,
  line,
  at,
  length,
  slice,
  revision,
  overlay,
  marks,
  field,
  from,
  to,
  cursor,
  digits,
  owner,
}: RowProps) {
  const spans = useMemo(() => overlay?.spans(at, length) ?? [], [overlay, at, length]);
  const { runs, word, noted } = useMemo(() => {
    // eslint-disable-next-line @typescript-eslint/no-unused-expressions -- the bytes are the store's; this says when they change
    revision;
    const { bytes, states } = slice(at, length);
    const here = marks === null || marks.length === 0 ? [] : marksIn(marks, at, length);
    const mark = (index: number): ByteMark | null => {
      if (index === cursor) return 'cursor';
      if (index >= from && index <= to) return 'selected';
      let found: ByteMark | null = null;
      for (const one of here) {
        if (one.kind === 'note' || at + index < one.at || at + index >= one.at + one.length) continue;
        if (one.kind === 'current') return 'now';
        found = 'hit';
      }
      return found;
    };
    return {
      runs: layoutRow({ at, bytes, states, spans, mark }),
      // once a sector is enough
      word: at % 512 === 0 || states?.some((state) => state !== states[0]) ? unknownWord(states) : null,
      noted: here.some((one) => one.kind === 'note' && one.at >= at),
    };
  }, [slice, revision, at, length, spans, marks, cursor, from, to]);
  const bad = spans.some((span) => span.bad && (span.at >= at || span.at + span.length <= at + length));

  return (
    <div
      id={id}
      role="row"
      aria-rowindex={line + 2}
      className={classes(css.row, owner >= 0 && css.owned, owner >= 0 && ownerClass(owner))}
    >
      <span className={css.gutter} role="presentation">
        {bad ? (
          <OctagonX size={12} className="er" aria-hidden="true" />
        ) : noted ? (
          <Bookmark size={12} className="in" aria-hidden="true" />
        ) : null}
      </span>
      <span className={css.offset} role="rowheader">
        {at.toString(16).padStart(digits, '0')}
      </span>
      <span className={css.bytes} role="gridcell">
        {runs.hex.map((run, index) => renderRun(run, index, field))}
      </span>
      <span className={css.text} role="gridcell">
        {runs.text.map((run, index) => renderRun(run, index, field))}
      </span>
      {word === null ? null : (
        <span className={css.word} role="gridcell">
          {WORDS[word]}
        </span>
      )}
    </div>
  );
});

/** A run of the bytes or of the text. */
export function renderRun(run: Run | string, key: number, field: string | null): ReactNode {
  if (typeof run === 'string') return run;
  const groups = run.groups.map(renderGroup);
  if (!run.span) return <span key={key}>{groups}</span>;
  return (
    <span key={key} className={spanClass(run.span, field)}>
      {groups}
    </span>
  );
}

function spanClass({ tone, bad, name }: Span, field: string | null): string {
  return classes(css.f, FIELD[tone], bad && css.bad, name === field && css.on);
}

function renderGroup({ mark, pieces }: Group, key: number): ReactNode {
  const text = pieces.map(({ text: part, dim }, index) => (dim ? <i key={index}>{part}</i> : part));
  if (mark === null) return <span key={key}>{text}</span>;
  return (
    <mark key={key} className={css[mark]}>
      {text}
    </mark>
  );
}
