import type { JobInfo, OperationRow } from '../../../app/contract/types.ts';
import type { LogChange } from '../../../core/apply/log.ts';
import type { PlanKind } from '../../../core/plans/plan.ts';
import { isLive } from '../../state/jobs.ts';
import { formatBytes, formatOffset, plural } from '../../ui/format.ts';
import type { Health } from '../../ui/icons.tsx';
import { csvField } from '../findings/export.ts';

export type LogState = OperationRow['state'] | 'running';

const KINDS: Record<PlanKind, string> = {
  'repair': 'repair',
  'relink': 'relink',
  'coalesce': 'coalesce',
  'rebuild-table': 'rebuild table',
  'restore-headers': 'restore headers',
  'undo': 'undo',
  'modify': 'modify',
  'export': 'export',
};

/** "repair footer-from-copy". */
export function operationText({ entry: { kind, strategies } }: OperationRow): string {
  return kind === 'undo' || strategies.length === 0 || strategies.join() === kind
    ? KINDS[kind]
    : `${KINDS[kind]} ${strategies.join(', ')}`;
}

export const STATES: Record<LogState, { health: Health; word: string }> = {
  'running': { health: 'info', word: 'running' },
  'interrupted': { health: 'error', word: 'interrupted' },
  'applied': { health: 'ok', word: 'applied' },
  'failed': { health: 'error', word: 'failed' },
  'undone': { health: 'info', word: 'undone' },
  'rolled-back': { health: 'info', word: 'rolled back' },
};

const WRITES = new Set([
  'repair.apply',
  'repair.applyAll',
  'coalesce.run',
  'export.run',
  'partition.save',
  'operations.undo',
  'operations.resume',
  'operations.rollback',
]);

/** The write that goes on now, if one does: what it has begun and not ended is not interrupted. */
export function liveWrite(jobs: ReadonlyMap<string, JobInfo>): JobInfo | null {
  return [...jobs.values()].find((job) => isLive(job) && WRITES.has(job.kind)) ?? null;
}

/** How many writes this window has seen end. */
export function endedWrites(jobs: ReadonlyMap<string, JobInfo>): number {
  return [...jobs.values()].filter((job) => !isLive(job) && WRITES.has(job.kind)).length;
}

export function stateOf({ state, entry }: OperationRow, write: JobInfo | null): LogState {
  const began = write?.started ?? null;
  return state === 'interrupted' && began !== null && Date.parse(entry.time) >= began - 1_000 ? 'running' : state;
}

/** Bytes that were written and cut off; null where the log does not say. */
export function bytesText(changes: readonly LogChange[] | undefined): string | null {
  if (!changes) return null;
  const sum = (action: LogChange['action']): number =>
    changes.reduce((total, change) => total + (change.action === action ? change.length : 0), 0);
  const parts = [];
  if (sum('write') > 0) parts.push(formatBytes(sum('write')));
  if (sum('cut') > 0) parts.push(`${formatBytes(sum('cut'))} cut off`);
  return parts.length === 0 ? 'no bytes' : parts.join(', ');
}

/** "512 bytes at 0x402000"; "37 bytes cut off at 0x402200". */
export function changeText({ action, offset, length }: LogChange): string {
  return `${formatBytes(length)} ${action === 'cut' ? 'cut off ' : ''}at ${formatOffset(offset)}`;
}

/** File that an operation wrote. */
export function writtenFile({ entry: { output, target } }: OperationRow): string {
  return output ?? target;
}

/** What undoing it does, said before it is done. */
export function undoQuestion(row: OperationRow): { title: string; text: string; button: string } {
  const { kind, output, target } = row.entry;
  if (output !== null)
    return {
      title: 'Remove the new file?',
      text: `${output} was made by this operation. It is removed, unless something else has written to it since. The image it was made of stays as it is.`,
      button: 'Remove the file',
    };
  if (kind === 'undo')
    return {
      title: 'Do it again?',
      text: `This took an operation on ${target} back. Undoing it writes again what was taken back, unless something else has written to the image since.`,
      button: 'Do it again',
    };
  return {
    title: 'Take it back?',
    text: `Bytes, length and time of ${target} become what they were before. It is refused when something else has written to the image since.`,
    button: 'Take it back',
  };
}

/** "3 operations, 1 can be undone, 1 interrupted". */
export function logCaption(rows: readonly OperationRow[]): string {
  const undoable = rows.filter((row) => row.undoable).length;
  const cut = rows.filter(({ state }) => state === 'interrupted').length;
  const parts = [plural(rows.length, 'operation')];
  if (undoable > 0) parts.push(`${undoable} can be undone`);
  if (cut > 0) parts.push(`${cut} interrupted`);
  return parts.join(', ');
}

const COLUMNS = [
  'time',
  'who',
  'operation',
  'kind',
  'strategies',
  'state',
  'target',
  'output',
  'sha256',
  'journal',
  'changes',
  'note',
];

/** One line an operation, newest first. RFC 4180, with a line of headings. */
export function logCsv(rows: readonly OperationRow[]): string {
  const lines = rows.map(({ operation, state, entry }) =>
    [
      entry.time,
      entry.who,
      operation,
      entry.kind,
      entry.strategies.join(' '),
      state,
      entry.target,
      entry.output,
      entry.outputSha256,
      entry.journal,
      entry.changes?.map(changeText).join('; ') ?? null,
      entry.note,
    ]
      .map(csvField)
      .join(','),
  );
  return `${[COLUMNS.join(','), ...lines].join('\r\n')}\r\n`;
}

export function logJson(rows: readonly OperationRow[]): string {
  const operations = rows.map(({ state, undoable, entry }) => ({ state, undoable, ...entry }));
  return `${JSON.stringify({ operations }, null, 2)}\n`;
}
