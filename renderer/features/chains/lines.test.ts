import { describe, expect, test } from 'vitest';
import { chainRow, childRow, orphanRow } from '../../testing/rows.ts';
import { type LineRow, lineRows, linesOf, litChain, MAX_LEVELS } from './lines.ts';
import { allNodes, buildTree } from './tree.ts';

const base = chainRow({ name: 'base' });
const first = childRow(base, { name: 'first', role: 'parent' });
const deep = childRow(first, { name: 'deep' });
const second = childRow(base, { name: 'second' });
const third = childRow(base, { name: 'third' });

function shown(rows: Parameters<typeof buildTree>[0]): Map<string, LineRow> {
  const nodes = [...allNodes(buildTree(rows, new Map()))];
  const lines = lineRows(nodes.map((node) => ({ id: node.id, parentId: node.parent?.id, original: node })));
  return new Map(lines.map((line) => [line.node.row?.name ?? line.node.id, line]));
}

const draw = (row: LineRow, lit: ReadonlyMap<string, LineRow> = new Map()): string =>
  linesOf(row, lit)
    .cells.map(({ shape, lit: light, cut }) => `${shape}${light ? `:${light}` : ''}${cut ? ':cut' : ''}`)
    .join(' ');

describe('tree lines', () => {
  const rows = shown([base, first, deep, second, third]);

  test('a child turns in; the last one ends the line', () => {
    expect(draw(rows.get('base')!)).toBe('');
    expect(draw(rows.get('first')!)).toBe('tee');
    expect(draw(rows.get('deep')!)).toBe('through last');
    expect(draw(rows.get('third')!)).toBe('last');
  });

  test('the selected chain is lit from its base down, past the rows between', () => {
    const lit = litChain(rows.get('second'));
    expect(draw(rows.get('first')!, lit)).toBe('tee:passes');
    expect(draw(rows.get('deep')!, lit)).toBe('through:passes last');
    expect(draw(rows.get('second')!, lit)).toBe('tee:turns');
    expect(draw(rows.get('third')!, lit)).toBe('last');
  });

  test('both turns of a longer chain are lit', () => {
    const lit = litChain(rows.get('deep'));
    expect(draw(rows.get('first')!, lit)).toBe('tee:turns');
    expect(draw(rows.get('deep')!, lit)).toBe('through last:turns');
    expect(draw(rows.get('second')!, lit)).toBe('tee');
  });

  test("an orphan's line is cut", () => {
    const lost = shown([orphanRow({ name: 'lost' })]);
    expect(draw(lost.get('lost')!)).toBe('last:cut');
  });

  test('very deep rows leave out their first levels', () => {
    const chain = [chainRow({ name: '0' })];
    for (let number = 1; number < 40; number += 1) chain.push(childRow(chain[number - 1]!, { name: String(number) }));
    const { skipped, cells } = linesOf(shown(chain).get('39')!, new Map());
    expect(cells).toHaveLength(MAX_LEVELS);
    expect(skipped).toBe(39 - MAX_LEVELS);
  });
});
