import { classes } from '../classes.ts';
import type { Cursor, Selection } from './cursor.ts';
import css from './hex.module.css';
import { ROW } from './lines.ts';
import type { Overlay } from './overlay.ts';
import { BYTES_RULER, TEXT_RULER } from './pointing.ts';

/** Names the columns; those of the selected field, or of the cursor, are lit. */
export function HexHead({
  at,
  lit,
  field,
  overlay,
  cursor,
}: {
  /** First byte of the view: columns count from it. */
  at: number;
  lit: Selection | null;
  field: string | null;
  overlay: Overlay | null;
  cursor: Cursor | null;
}) {
  let chosen: { at: number; length: number } | null = lit;
  if (field !== null && cursor) chosen = overlay?.spans(cursor.at, 1).find(({ name }) => name === field) ?? null;
  const columns = chosen && chosen.length <= ROW ? chosen : null;
  const isLit = (column: number): boolean =>
    columns !== null && (((column - (columns.at - at)) % ROW) + ROW) % ROW < columns.length;
  const cells = [];
  for (let column = 0; column < ROW; column += 1) {
    if (column > 0) cells.push(column === 8 ? '  ' : ' ');
    const text = column.toString(16).padStart(2, '0');
    cells.push(isLit(column) ? <b key={column}>{text}</b> : text);
  }
  return (
    <div className={classes(css.row, css.head)} role="row" aria-rowindex={1}>
      <span className={css.gutter} role="presentation" />
      <span className={css.offset} role="columnheader">
        offset
      </span>
      <span className={css.bytes} role="columnheader" aria-label="bytes">
        <span {...{ [BYTES_RULER]: '' }}>{cells}</span>
      </span>
      <span className={css.text} role="columnheader">
        <span {...{ [TEXT_RULER]: '' }}>text</span>
      </span>
    </div>
  );
}

/** One line for bytes that are all alike; a press opens it. */
export function HexFold({
  line,
  at,
  length,
  note,
  digits,
  on,
  onOpen,
}: {
  line: number;
  at: number;
  length: number;
  note: string;
  digits: number;
  on: boolean;
  onOpen: ((at: number) => void) | undefined;
}) {
  const hex = (offset: number): string => offset.toString(16).padStart(digits, '0');
  const text = (
    <>
      <span>
        {hex(at)} – {hex(at + length - 1)}
      </span>
      <span>{note}</span>
    </>
  );
  return (
    <div className={css.fold} role="row" aria-rowindex={line + 2}>
      <span role="gridcell">
        {onOpen ? (
          <button type="button" tabIndex={-1} className={classes(css.foldIn, on && css.on2)} onClick={() => onOpen(at)}>
            {text}
          </button>
        ) : (
          <span className={classes(css.foldIn, on && css.on2)}>{text}</span>
        )}
      </span>
    </div>
  );
}
