import { type CSSProperties, useMemo } from 'react';
import { classes } from '../classes.ts';
import type { Difference, DiffLine } from './diff.ts';
import css from './hex.module.css';
import { renderRun } from './hex-row.tsx';
import { type ByteMark, layoutRow } from './row.ts';

/** Two structures row by row: rows that differ one under the other, equal stretches as one line. */
export function HexDiff({
  label,
  names,
  a,
  b,
  lines,
  found,
  current,
  digits,
  onSelect,
}: {
  label: string;
  /** What the two are called, in a word. */
  names: [string, string];
  a: Uint8Array;
  b: Uint8Array;
  lines: readonly DiffLine[];
  found: readonly Difference[];
  /** The difference that is selected. */
  current: Difference | null;
  /** Digits of the offsets in the view above, so that the columns stand below each other. */
  digits: number;
  onSelect: (difference: Difference) => void;
}) {
  const marks = useMemo(() => {
    const by = new Map<number, Difference>();
    for (const one of found) for (let at = one.at; at < one.at + one.length; at += 1) by.set(at, one);
    return by;
  }, [found]);
  const plus = (at: number): string => `+${at.toString(16).padStart(3, '0')}`;
  return (
    <div className={css.frame}>
      <div
        className={classes(css.hex, css.diff)}
        role="table"
        aria-label={label}
        style={{ '--hex-digits': digits } as CSSProperties}
      >
        {lines.map((line) =>
          line.kind === 'equal' ? (
            <div key={line.at} className={css.fold} role="row">
              <span className={css.foldIn} role="cell">
                <span>
                  {plus(line.at)} – {plus(line.at + line.length - 1)}
                </span>
                <span>{line.note}</span>
              </span>
            </div>
          ) : (
            [a, b].map((bytes, side) => {
              const row = bytes.subarray(line.at, line.at + line.length);
              const mark = (index: number): ByteMark | null => {
                const one = marks.get(line.at + index);
                if (!one) return null;
                return one === current ? 'now' : 'different';
              };
              const runs = layoutRow({ at: line.at, bytes: row, states: null, spans: [], mark });
              return (
                <div
                  key={`${line.at}${names[side] ?? ''}`}
                  role="row"
                  className={classes(css.row, css.pair, side === 1 && css.pairB)}
                  onClick={() => {
                    const first = found.find((one) => one.at < line.at + line.length && one.at + one.length > line.at);
                    if (first) onSelect(first);
                  }}
                >
                  <span className={css.gutter} role="presentation" />
                  <span className={css.offset} role="rowheader">
                    {plus(line.at)} <small>{names[side]}</small>
                  </span>
                  <span className={css.bytes} role="cell">
                    {runs.hex.map((run, index) => renderRun(run, index, null))}
                  </span>
                  <span className={css.text} role="cell">
                    {runs.text.map((run, index) => renderRun(run, index, null))}
                  </span>
                </div>
              );
            })
          ),
        )}
      </div>
    </div>
  );
}
