import type { Bookmark, SearchHit } from '../../../app/contract/types.ts';
import type { Space } from '../../state/view.ts';
import type { Lines } from '../../ui/hex/lines.ts';
import type { Mark } from '../../ui/hex/overlay.ts';
import type { Tick } from '../../ui/hex/virtual.tsx';

/** Hits and bookmarks as marks over the bytes, in order of place. */
export function marksOf(
  hits: readonly SearchHit[],
  current: number | null,
  bookmarks: readonly Bookmark[],
  space: Space,
): readonly Mark[] {
  const found = hits.map(
    ({ at, length }, index): Mark => ({ at, length, kind: index === current ? 'current' : 'hit' }),
  );
  const noted = bookmarks
    .filter((bookmark) => bookmark.space === space)
    .map(({ at, length }): Mark => ({ at, length: Math.max(1, length), kind: 'note' }));
  return noted.length === 0 ? found : [...found, ...noted].sort((a, b) => a.at - b.at);
}

/** Places on a scroll bar that can be told apart. */
const PLACES = 300;

/** Marks as ticks beside the scroll bar, one for those that would lie on each other. */
export function ticksOf(marks: readonly Mark[], lines: Lines): readonly Tick[] {
  const out: Tick[] = [];
  const taken = new Set<string>();
  for (const { at, kind } of marks) {
    if (at < lines.start || at >= lines.end) continue;
    const line = lines.indexOf(at);
    const tick = kind === 'note' ? 'note' : 'hit';
    const place = `${tick}${Math.floor((line / lines.count) * PLACES)}`;
    if (taken.has(place)) continue;
    taken.add(place);
    out.push({ line, kind: tick });
  }
  return out;
}
