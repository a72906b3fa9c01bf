import { describe, expect, it } from 'vitest';
import { fieldOverlay, marksIn, tableOverlay } from './overlay.ts';
import { layoutRow, type RowRuns, unknownWord } from './row.ts';
import { HOLE, LOST, WAITING } from './store.ts';

const fields = [
  { name: 'cookie', offset: 0, length: 8, reserved: false },
  { name: 'features', offset: 8, length: 4, reserved: false },
  { name: 'rest', offset: 12, length: 500, reserved: true },
];
const bytes = Uint8Array.from([0x63, 0x6f, 0x6e, 0x65, 0x63, 0x74, 0x69, 0x78, 0, 0, 0, 2, 0, 0, 0xff, 0]);
const none = (): null => null;

/** Fields in brackets, marks in parentheses, dim text in underscores. */
function show(parts: (RowRuns['hex'][number] | RowRuns['text'][number])[]): string {
  return parts
    .map((part) => {
      if (typeof part === 'string') return part;
      const groups = part.groups.map(({ mark, pieces }) => {
        const text = pieces.map((piece) => (piece.dim ? `_${piece.text}_` : piece.text)).join('');
        return mark === null ? text : `(${text})`;
      });
      return part.span ? `[${groups.join('')}]` : groups.join('');
    })
    .join('');
}

describe('layoutRow', () => {
  const overlay = fieldOverlay(0x200, fields, new Set());
  const spans = overlay.spans(0x200, 16);

  it('keeps a field in one run, with air between fields and zeros dim', () => {
    const { hex, text } = layoutRow({ at: 0x200, bytes, states: null, spans, mark: none });
    expect(show(hex)).toBe('[63 6f 6e 65 63 74 69 78]  [_00 00 00 _02] _00 00 _ff _00_');
    expect(show(text)).toBe('[conectix][_    _]_    _');
  });

  it('does not break the field where a selection begins', () => {
    const { hex } = layoutRow({
      at: 0x200,
      bytes,
      states: null,
      spans,
      mark: (i) => (i > 5 && i < 9 ? 'selected' : null),
    });
    expect(show(hex)).toBe('[63 6f 6e 65 63 74 (69 78)]  [(_00_) _00 00 _02] _00 00 _ff _00_');
  });

  it('shows nothing for what is not known', () => {
    const states = new Uint8Array(16).fill(WAITING, 8, 10).fill(HOLE, 10);
    const { hex, text } = layoutRow({ at: 0x200, bytes, states, spans: [], mark: none });
    expect(show(hex)).toBe('63 6f 6e 65 63 74 69 78  _·· ·· ?? ?? ?? ?? ?? ??_');
    expect(show(text)).toBe('conectix        ');
    expect(unknownWord(states)).toBe('hole');
    expect(unknownWord(Uint8Array.of(LOST))).toBe('lost');
    expect(unknownWord(Uint8Array.of(WAITING))).toBeNull();
  });

  it('lays a short last row out as far as it goes', () => {
    const { hex } = layoutRow({ at: 0x200, bytes: bytes.subarray(0, 3), states: null, spans, mark: none });
    expect(show(hex)).toBe('[63 6f 6e]');
  });
});

describe('overlays', () => {
  it('name the fields of a range, reserved ones without a tone', () => {
    const overlay = fieldOverlay(1000, fields, new Set(['features']));
    expect(overlay.spans(1007, 6).map(({ name, tone, bad }) => [name, tone, bad])).toEqual([
      ['cookie', 1, false],
      ['features', 2, true],
      ['rest', 0, false],
    ]);
    expect(overlay.spans(0, 1000)).toEqual([]);
  });

  it('count the entries of a table of any length', () => {
    const spans = tableOverlay(0x600, 0x600 + 4 * 2 ** 24, 4, (index) => ({
      name: `entry ${index}`,
      tone: 1,
      bad: false,
    })).spans(0x600 + 4_000_002, 6);
    expect(spans.map(({ name, at }) => [name, at - 0x600])).toEqual([
      ['entry 1000000', 4_000_000],
      ['entry 1000001', 4_000_004],
    ]);
  });
});

describe('marksIn', () => {
  it('finds marks that begin before the range, and none beside it', () => {
    const marks = [
      { at: 0, length: 100, kind: 'hit' },
      { at: 10, length: 2, kind: 'hit' },
      { at: 64, length: 4, kind: 'current' },
      { at: 200, length: 4, kind: 'hit' },
    ] as const;
    expect(marksIn(marks, 64, 16).map(({ at }) => at)).toEqual([0, 64]);
    expect(marksIn(marks, 100, 100)).toEqual([]);
  });
});
