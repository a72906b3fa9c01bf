import { describe, expect, test } from 'vitest';
import type { ChainRow } from '../../../app/contract/types.ts';
import { chainRow, childRow, orphanRow } from '../../testing/rows.ts';
import { fit, reveal, within, zoomBy } from './camera.ts';
import { type Box, heightOf, layOut, neighbour } from './layout.ts';

function overlapping(boxes: readonly Box[]): [string, string][] {
  const pairs: [string, string][] = [];
  for (const [index, a] of boxes.entries())
    for (const b of boxes.slice(index + 1))
      if (a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height)
        pairs.push([a.name, b.name]);
  return pairs;
}

/** Trees of every shape: each row's parent is one of those before it, or none. */
function someTrees(count: number): ChainRow[] {
  const rows: ChainRow[] = [];
  let seed = 7;
  const random = (below: number): number => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed % below;
  };
  for (let number = 0; number < count; number += 1) {
    const diskBytes = 2 ** random(44);
    const parent = random(4) === 0 ? undefined : rows[random(Math.max(1, rows.length))];
    rows.push(
      parent
        ? childRow(parent, { name: `n${number}`, diskBytes })
        : random(5) === 0
          ? orphanRow({ name: `n${number}`, diskBytes, parentName: `gone-${random(6)}` })
          : chainRow({ name: `n${number}`, diskBytes }),
    );
  }
  return rows;
}

describe('the chain picture', () => {
  test('no two boxes overlap, whatever the trees', () => {
    const { boxes } = layOut(someTrees(300));
    expect(boxes.length).toBeGreaterThanOrEqual(300);
    expect(overlapping(boxes)).toEqual([]);
  });

  test('children stand right of their parent, the parent in their middle', () => {
    const base = chainRow({ name: 'base' });
    const rows = [base, childRow(base, { name: 'a' }), childRow(base, { name: 'b' }), childRow(base, { name: 'c' })];
    const { byPath } = layOut(rows);
    const [top, a, b, c] = rows.map(({ path }) => byPath.get(path)!);
    expect(a!.x).toBeGreaterThan(top!.x + top!.width);
    expect(top!.y + top!.height / 2).toBeCloseTo(b!.y + b!.height / 2, 0);
    expect(a!.y).toBeLessThan(b!.y);
    expect(b!.y).toBeLessThan(c!.y);
  });

  test('orphans of one missing parent share its dashed place', () => {
    const { boxes } = layOut([
      orphanRow({ name: 'x', parentName: 'gone.vhd' }),
      orphanRow({ name: 'y', parentName: 'gone.vhd' }),
      orphanRow({ name: 'z', parentName: 'other.vhd' }),
    ]);
    expect(boxes.filter(({ row }) => row === null).map(({ name }) => name)).toEqual(['gone.vhd', 'other.vhd']);
  });

  test('more data, taller box; never too low to read or too tall to fit', () => {
    expect(heightOf(0)).toBe(heightOf(1024));
    expect(heightOf(1024 ** 3)).toBeGreaterThan(heightOf(1024 ** 2));
    expect(heightOf(2 ** 60)).toBe(heightOf(2 ** 50));
  });

  test('arrow keys go to the parent, a child, and the nearest above and below', () => {
    const base = chainRow({ name: 'base' });
    const rows = [base, childRow(base, { name: 'a' }), childRow(base, { name: 'b' }), chainRow({ name: 'other' })];
    const picture = layOut(rows);
    const box = (name: string): Box => picture.byPath.get(`/sr/${name}`)!;
    expect(neighbour(picture, box('a'), 'ArrowLeft')).toBe(box('base'));
    expect(neighbour(picture, box('base'), 'ArrowRight')).toBe(box('a'));
    expect(neighbour(picture, box('a'), 'ArrowDown')).toBe(box('b'));
    expect(neighbour(picture, box('base'), 'ArrowDown')).toBe(box('other'));
    expect(neighbour(picture, box('a'), 'ArrowUp')).toBeNull();
  });

  test('a chain of thousands is laid out without recursion', () => {
    const chain = [chainRow({ name: '0' })];
    for (let number = 1; number < 5_000; number += 1)
      chain.push(childRow(chain[number - 1]!, { name: String(number) }));
    expect(layOut(chain).boxes).toHaveLength(5_000);
  });
});

describe('the view of the picture', () => {
  const view = { width: 800, height: 600 };

  test('zooming keeps the point under the pointer', () => {
    const before = { x: 100, y: 50, zoom: 1 };
    const after = zoomBy(before, 2, { x: 300, y: 200 });
    expect(after.x + 300 / after.zoom).toBeCloseTo(before.x + 300);
    expect(after.y + 200 / after.zoom).toBeCloseTo(before.y + 200);
  });

  test('fitting shows all of a large picture and never enlarges a small one', () => {
    expect(fit({ width: 4000, height: 600 }, view).zoom).toBeCloseTo(0.2);
    expect(fit({ width: 300, height: 200 }, view).zoom).toBe(1);
  });

  test('the picture cannot be lost', () => {
    const far = within({ x: 1e9, y: -1e9, zoom: 1 }, { width: 2000, height: 2000 }, view);
    expect(far.x).toBeLessThan(2000);
    expect(far.y).toBeGreaterThan(-600);
  });

  test('a box out of sight is brought in, one in sight moves nothing', () => {
    const camera = { x: 0, y: 0, zoom: 1 };
    const box = { x: 200, y: 200, width: 232, height: 80 };
    expect(reveal(camera, box, view)).toEqual(camera);
    const moved = reveal(camera, { ...box, x: 1500 }, view);
    expect(1500 - moved.x + box.width).toBeLessThanOrEqual(800);
  });
});
