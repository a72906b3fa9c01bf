import { describe, expect, it } from 'vitest';
import type { Bookmark, SearchHit } from '../../../app/contract/types.ts';
import { plainLines } from '../../ui/hex/lines.ts';
import { marksOf, ticksOf } from './marks.ts';

const hit = (at: number): SearchHit => ({ at, length: 2, context: new Uint8Array(), contextAt: 0 });
const note = (at: number, space: 'file' | 'guest'): Bookmark => {
  return { id: String(at), path: '/a', space, at, length: 0, note: '', created: '' };
};

describe('marks', () => {
  it('puts hits and the bookmarks of this space in order of place', () => {
    const marks = marksOf([hit(10), hit(30)], 1, [note(20, 'file'), note(5, 'guest')], 'file');
    expect(marks).toEqual([
      { at: 10, length: 2, kind: 'hit' },
      { at: 20, length: 1, kind: 'note' },
      { at: 30, length: 2, kind: 'current' },
    ]);
  });

  it('draws few ticks for many hits', () => {
    const marks = marksOf(
      Array.from({ length: 10_000 }, (_, index) => hit(index * 2 ** 20)),
      null,
      [],
      'file',
    );
    const ticks = ticksOf(marks, plainLines(0, 10_000 * 2 ** 20));
    expect(ticks.length).toBeLessThanOrEqual(300);
    expect(ticks[0]?.line).toBe(0);
  });
});
