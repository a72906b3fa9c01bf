import { type CSSProperties, type ReactNode, useMemo } from 'react';
import { classes } from '../../ui/classes.ts';
import { formatBytes, formatOffset, plural } from '../../ui/format.ts';
import hex from '../../ui/hex/hex.module.css';
import { fieldClass, renderRun } from '../../ui/hex/hex-row.tsx';
import { fieldOverlay, type Overlay } from '../../ui/hex/overlay.ts';
import { layoutRow } from '../../ui/hex/row.ts';
import { Pane } from '../../ui/sheet.tsx';
import table from '../../ui/table.module.css';
import { Offset } from '../../ui/values.tsx';
import { useBytes } from '../hex/use-bytes.ts';
import type { PreviewLine } from './lines.ts';
import type { FieldChange, StepView } from './preview.ts';
import repair from './repair.module.css';
import css from './step-bytes.module.css';

type WriteView = Extract<StepView, { kind: 'write' }>;

/** Bytes before the end of the file that are shown, so that it can be seen what comes to stand behind them. */
const CONTEXT = 32;
/** Bytes that are cut off and shown. */
const CUT_SHOWN = 64;

/** One step of a plan: the bytes before and after, with the changed fields named. `size` is the file's before the plan. */
export function StepPane({ view, path, size }: { view: StepView; path: string; size: number }) {
  switch (view.kind) {
    case 'write':
      return <WritePane view={view} path={path} size={size} />;
    case 'cut':
      return <CutPane view={view} path={path} size={size} />;
    case 'times':
      return null;
  }
}

function WritePane({ view, path, size }: { view: WriteView; path: string; size: number }) {
  const { title, at, length, fields, lines, changes, why, added, changed } = view;
  const overlay = useMemo(() => fieldOverlay(at, fields, new Set()), [at, fields]);
  const amounts = [
    added > 0 ? `${formatBytes(added)} added` : null,
    changed > 0 ? `${formatBytes(changed)} changed` : null,
  ];
  return (
    <Pane
      title={title}
      caption={
        <>
          <Offset at={at} /> · {formatBytes(length)}
        </>
      }
      aside={<span className={css.amount}>{amounts.filter(Boolean).join(', ')}</span>}
    >
      <Hex label={`${title} before and after`} last={at + length}>
        {view.before.length === 0 && at === size && at > 0 ? <Tail path={path} size={size} /> : null}
        {at > size ? <Mark>{plural(at - size, 'byte')} lie between the old end of the file and here</Mark> : null}
        {lines.map((line) => (
          <Line key={`${line.side}${line.at}`} line={line} overlay={overlay} />
        ))}
      </Hex>
      <Changes changes={changes} />
      <p className={repair.why}>{why}</p>
    </Pane>
  );
}

function Hex({ label, last, children }: { label: string; last: number; children: ReactNode }) {
  const digits = Math.max(8, last.toString(16).length);
  return (
    <div
      className={classes(hex.hex, css.hex)}
      role="table"
      aria-label={label}
      style={{ '--hex-digits': digits } as CSSProperties}
    >
      {children}
    </div>
  );
}

function Line({ line, overlay }: { line: PreviewLine; overlay: Overlay }) {
  const side = line.side === 'after' ? css.after : line.side === 'before' ? css.before : '';
  if (line.kind === 'fold')
    return (
      <div className={classes(hex.fold, side)} role="row">
        <span className={classes(hex.foldIn, css.fold)} role="cell">
          <Sign side={line.side} />
          <span>
            {address(line.at)} – {address(line.at + line.length - 1)}
          </span>
          <span>{line.note}</span>
        </span>
      </div>
    );
  return (
    <Row
      at={line.at}
      bytes={line.bytes}
      // what only happens to stand there is not read as fields
      overlay={line.side === 'before' && line.differ === null ? null : overlay}
      side={line.side}
      mark={(index) => line.differ?.has(index) === true}
    />
  );
}

function Row({
  at,
  bytes,
  overlay,
  side,
  mark,
}: {
  at: number;
  bytes: Uint8Array;
  overlay: Overlay | null;
  side: 'before' | 'after' | 'both';
  mark?: (index: number) => boolean;
}) {
  const runs = layoutRow({
    at,
    bytes,
    states: null,
    spans: overlay?.spans(at, bytes.length) ?? [],
    mark: (index) => (mark?.(index) === true ? 'different' : null),
  });
  const tint = side === 'after' ? css.after : side === 'before' ? css.before : css.same;
  return (
    <div className={classes(hex.row, tint)} role="row">
      <span className={hex.gutter} role="cell">
        <Sign side={side} />
      </span>
      <span className={hex.offset} role="rowheader">
        {address(at)}
      </span>
      <span className={hex.bytes} role="cell">
        {runs.hex.map((run, index) => renderRun(run, index, null))}
      </span>
      <span className={classes(hex.text, css.text)} role="cell">
        {runs.text.map((run, index) => renderRun(run, index, null))}
      </span>
    </div>
  );
}

function Sign({ side }: { side: 'before' | 'after' | 'both' }) {
  if (side === 'both') return null;
  return (
    <span className={side === 'after' ? css.plus : css.minus}>
      <span aria-hidden="true">{side === 'after' ? '+' : '−'}</span>
      <span className="visually-hidden">{side === 'after' ? 'will be' : 'is now'}</span>
    </span>
  );
}

function address(at: number): string {
  return at.toString(16).padStart(8, '0');
}

function Mark({ children }: { children: ReactNode }) {
  return (
    <div className={css.mark} role="row">
      <span role="cell">{children}</span>
    </div>
  );
}

/** The last bytes of the file as it is. */
function Tail({ path, size }: { path: string; size: number }) {
  const at = Math.max(0, size - CONTEXT);
  const answer = useBytes('file', path, at, size - at);
  return (
    <>
      {answer.value ? <Plain at={at} bytes={answer.value.bytes} /> : null}
      <Mark>the old end of file; everything below is new</Mark>
    </>
  );
}

function Plain({ at, bytes }: { at: number; bytes: Uint8Array }) {
  const rows = [];
  for (let row = 0; row < bytes.length; row += 16)
    rows.push(<Row key={row} at={at + row} bytes={bytes.subarray(row, row + 16)} overlay={null} side="both" />);
  return rows;
}

function CutPane({ view, path, size }: { view: Extract<StepView, { kind: 'cut' }>; path: string; size: number }) {
  const { at, length, why } = view;
  const shown = Math.max(0, Math.min(CUT_SHOWN, size - at));
  const answer = useBytes('file', path, at, shown);
  const bytes = answer.value?.bytes.subarray(0, shown) ?? new Uint8Array();
  return (
    <Pane
      title="Cut off"
      caption={
        <>
          from <Offset at={at} /> · {formatBytes(length)}
        </>
      }
      aside={<span className={css.amount}>the file ends at {formatOffset(at)}</span>}
    >
      {bytes.length === 0 ? null : (
        <Hex label="Bytes that are cut off" last={at + length}>
          <Cut at={at} bytes={bytes} />
          {length > shown ? <Mark>{plural(length - shown, 'byte')} more</Mark> : null}
        </Hex>
      )}
      <p className={repair.why}>{why}</p>
    </Pane>
  );
}

function Cut({ at, bytes }: { at: number; bytes: Uint8Array }) {
  const rows = [];
  for (let row = 0; row < bytes.length; row += 16)
    rows.push(<Row key={row} at={at + row} bytes={bytes.subarray(row, row + 16)} overlay={null} side="before" />);
  return rows;
}

/** Which fields change, from what to what. */
function Changes({ changes }: { changes: readonly FieldChange[] }) {
  if (changes.length === 0) return null;
  const isNew = changes.every(({ before }) => before === null);
  return (
    <table className={classes(table.table, table.fields, css.changes)} aria-label="Fields that change">
      <thead>
        <tr>
          <th style={{ width: 170 }}>Field</th>
          {isNew ? null : <th>Is now</th>}
          <th>{isNew ? 'Value' : 'Will be'}</th>
          <th>Means</th>
        </tr>
      </thead>
      <tbody>
        {changes.map(({ name, tone, before, after, note }) => (
          <tr key={name}>
            <td>
              <span className="row">
                {tone === 0 ? null : <span className={classes(css.key, fieldClass(tone))} aria-hidden="true" />}
                <span className="clip">{name}</span>
              </span>
            </td>
            {isNew ? null : (
              <td className="mono dim" data-tip={before ?? undefined}>
                {before ?? 'nothing'}
              </td>
            )}
            <td className="mono" data-tip={after}>
              {after}
            </td>
            <td className="dim" data-tip={note ?? undefined}>
              {note}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** The time is kept or set: no bytes to show. */
export function TimesNote({ views }: { views: readonly StepView[] }) {
  const times = views.find((view) => view.kind === 'times');
  if (!times) return null;
  return (
    <p className={repair.note}>
      The modification time stays {times.moment}. {times.why}
    </p>
  );
}
