import { useVirtualizer } from '@tanstack/react-virtual';
import { type CSSProperties, type Dispatch, type ReactNode, useMemo, useRef } from 'react';
import type { SafePlanRow } from '../../../app/contract/types.ts';
import { useCase } from '../../state/case.ts';
import { openDialog } from '../../state/dialogs.ts';
import { Button } from '../../ui/button.tsx';
import { classes } from '../../ui/classes.ts';
import { type Health, HealthGlyph } from '../../ui/icons.tsx';
import { Name } from '../../ui/values.tsx';
import { Trouble } from '../repair/side.tsx';
import { type Batch, type BatchEvent, hasBegun, isSafe, type Outcome, outcomeOf, sortPlans } from './batch.ts';
import css from './repair-all.module.css';

const ROW = 26;
const VERDICTS: Record<SafePlanRow['verdict'], { health: Health; word: string }> = {
  safe: { health: 'ok', word: 'no loss' },
  lossy: { health: 'warning', word: 'loses data' },
  none: { health: 'info', word: 'not repaired' },
};
const OUTCOMES: Record<Outcome, { health: Health; word: string } | null> = {
  repaired: { health: 'ok', word: 'repaired' },
  failed: { health: 'error', word: 'not repaired' },
  waiting: { health: 'missing', word: 'waiting' },
  left: null,
};

/** One line an image: what would be done, or why it is not; then how it came out. */
export function BatchTable({ state, dispatch }: { state: Batch; dispatch: Dispatch<BatchEvent> }) {
  const rows = useMemo(() => sortPlans(state.plans), [state.plans]);
  const place = useRef<HTMLDivElement>(null);
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => place.current,
    estimateSize: () => ROW,
    getItemKey: (index) => rows[index]?.path ?? index,
    overscan: 12,
    scrollMargin: 24,
  });
  if (rows.length === 0) return null;
  const begun = hasBegun(state);
  const safe = rows.filter(isSafe);
  const all = safe.length > 0 && safe.every(({ path }) => state.picked.has(path));
  return (
    <div
      ref={place}
      className={css.table}
      role="table"
      aria-label="Repairs of all images"
      aria-rowcount={rows.length + 1}
      tabIndex={0}
    >
      <div role="rowgroup" className={css.header}>
        <div role="row" className={css.head} aria-rowindex={1}>
          <div role="columnheader">
            {begun ? (
              <span className="visually-hidden">Chosen</span>
            ) : (
              <input
                type="checkbox"
                aria-label="All that lose nothing"
                checked={all}
                disabled={safe.length === 0}
                onChange={(event) => dispatch({ type: 'pick-all', picked: event.target.checked })}
              />
            )}
          </div>
          <div role="columnheader">Image</div>
          <div role="columnheader">{begun ? 'Result' : 'Repair'}</div>
          <div role="columnheader">{begun ? 'What was done' : 'What would be done, or why not'}</div>
        </div>
      </div>
      <div role="rowgroup" style={{ height: virtualizer.getTotalSize(), position: 'relative' } satisfies CSSProperties}>
        {virtualizer.getVirtualItems().map((item) => {
          const row = rows[item.index];
          if (!row) return null;
          return (
            <div
              key={item.key}
              role="row"
              aria-rowindex={item.index + 2}
              className={css.row}
              style={{ transform: `translateY(${item.start - 24}px)` }}
            >
              <Cells row={row} state={state} dispatch={dispatch} />
            </div>
          );
        })}
      </div>
    </div>
  );
}

function Cells({ row, state, dispatch }: { row: SafePlanRow; state: Batch; dispatch: Dispatch<BatchEvent> }) {
  const { path, name, verdict, why } = row;
  const outcome = outcomeOf(state, row);
  const folder = useCase((all) => all.chains.byPath.get(path)?.folder ?? '');
  const shown = OUTCOMES[outcome] ?? VERDICTS[verdict];
  const picked = state.picked.has(path);
  const begun = hasBegun(state);
  return (
    <>
      <div role="cell">
        {isSafe(row) ? (
          <input
            type="checkbox"
            aria-label={`Repair ${name}`}
            checked={picked}
            disabled={begun}
            onChange={(event) => dispatch({ type: 'pick', path, picked: event.target.checked })}
          />
        ) : null}
      </div>
      <div role="cell" className={css.image}>
        <Name title={path}>{name}</Name>
        {folder === '' ? null : (
          <span className="faint micro clip" data-tip={folder}>
            {folder.split(/[\\/]/).at(-1)}
          </span>
        )}
      </div>
      <div role="cell" className={classes(css.verdict, begun && outcome === 'left' && 'faint')}>
        <HealthGlyph health={shown.health} label={null} />
        {begun && outcome === 'left' && isSafe(row) ? 'left as it is' : shown.word}
      </div>
      <div role="cell" className={css.why}>
        {begun ? <Done state={state} row={row} /> : <Text>{why}</Text>}
        {!begun && verdict !== 'safe' ? (
          <Button
            variant="link"
            small
            aria-label={`Open the wizard for ${name}`}
            onPress={() => openDialog({ kind: 'repair', path, mode: 'wizard' })}
          >
            Options…
          </Button>
        ) : null}
      </div>
    </>
  );
}

function Done({ state, row }: { state: Batch; row: SafePlanRow }) {
  const done = state.results.get(row.path);
  if (!done) return <Text>{row.why}</Text>;
  if (done.error) return <Text>{[done.error.message, done.error.hint].filter(Boolean).join(' ')}</Text>;
  if (!done.result) return null;
  const { output, journal, findingsAfter } = done.result;
  const file = output ?? journal;
  return (
    <>
      <span className={css.left}>
        <Trouble findings={findingsAfter} clean="clean" />
      </span>
      {file === null ? null : <Name>{file}</Name>}
    </>
  );
}

function Text({ children }: { children: ReactNode }) {
  return (
    <span className="clip dim" data-tip={typeof children === 'string' ? children : undefined}>
      {children}
    </span>
  );
}
