import { describe, expect, it } from 'vitest';
import type { JobInfo, OperationRow } from '../../../app/contract/types.ts';
import { bytesText, liveWrite, logCaption, logCsv, logJson, operationText, stateOf, undoQuestion } from './rows.ts';

const row: OperationRow = {
  operation: '20260101T000000-abc',
  state: 'applied',
  undoable: true,
  entry: {
    serial: 2,
    time: '2026-01-01T00:00:05.000Z',
    who: 'examiner@host',
    operation: '20260101T000000-abc',
    event: 'applied',
    kind: 'repair',
    strategies: ['footer-from-copy'],
    target: '/sr/=disk, "one".vhd',
    identity: '1:2',
    output: null,
    outputSha256: null,
    journal: '/sr/disk.vhd.platter-1',
    note: null,
    previous: '0'.repeat(64),
    changes: [
      { action: 'write', offset: 0x40_2000, length: 512 },
      { action: 'cut', offset: 0x40_2200, length: 37 },
    ],
  },
};
const job = { id: 'j', kind: 'repair.apply', state: 'running', started: Date.parse('2026-01-01T00:00:05Z') } as JobInfo;

describe('the log', () => {
  it('says what was done, and how many bytes it took', () => {
    expect(operationText(row)).toBe('repair footer-from-copy');
    expect(bytesText(row.entry.changes)).toBe('512 bytes, 37 bytes cut off');
    expect(bytesText([])).toBe('no bytes');
    // lines of older versions do not say
    expect(bytesText(undefined)).toBeNull();
    expect(logCaption([row, { ...row, state: 'interrupted', undoable: false }])).toBe(
      '2 operations, 1 can be undone, 1 interrupted',
    );
  });

  it('does not call interrupted what is being written right now', () => {
    const begun: OperationRow = { ...row, state: 'interrupted' };
    expect(stateOf(begun, null)).toBe('interrupted');
    expect(stateOf(begun, job)).toBe('running');
    const before: OperationRow = { ...begun, entry: { ...row.entry, time: '2025-12-31T00:00:00.000Z' } };
    expect(stateOf(before, job)).toBe('interrupted');
    expect(liveWrite(new Map([['j', job]]))).toBe(job);
    expect(liveWrite(new Map([['j', { ...job, state: 'done' }]]))).toBeNull();
  });

  it('says before an undo what it does', () => {
    expect(undoQuestion(row).text).toContain('become what they were');
    expect(undoQuestion({ ...row, entry: { ...row.entry, output: '/sr/new.vhd' } }).button).toBe('Remove the file');
    expect(undoQuestion({ ...row, entry: { ...row.entry, kind: 'undo' } }).title).toBe('Do it again?');
  });

  it('leaves as CSV that no spreadsheet takes for a formula, and as JSON with all there is', () => {
    const [head, line] = logCsv([row]).split('\r\n');
    expect(head?.split(',')[0]).toBe('time');
    expect(line).toContain(`"/sr/=disk, ""one"".vhd"`);
    expect(line).toContain('512 bytes at 0x402000; 37 bytes cut off at 0x402200');
    const evil = logCsv([{ ...row, entry: { ...row.entry, target: '=cmd()' } }]);
    expect(evil).toContain(`"'=cmd()"`);
    expect(JSON.parse(logJson([row])).operations[0]).toMatchObject({
      operation: row.operation,
      previous: row.entry.previous,
    });
  });
});
