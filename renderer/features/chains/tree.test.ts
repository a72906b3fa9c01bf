import { describe, expect, test } from 'vitest';
import { chainRow, childRow, orphanRow } from '../../testing/rows.ts';
import { allNodes, buildTree, chainOf, healthOf, matches, ORPHANS } from './tree.ts';

const base = chainRow({ name: 'base.vhd' });
const middle = childRow(base, { name: 'middle.vhd', role: 'parent' });
const leaf = childRow(middle, { name: 'leaf.vhd', id: '7046409c-f1c2-49db-ad33-b2ba03a1c257' });
const alone = chainRow({ name: 'alone.vhd' });
const orphans = [orphanRow({ name: 'lost-1.vhd' }), orphanRow({ name: 'lost-2.vhd' })];
const rows = [base, middle, leaf, alone, ...orphans];
const none = new Map();

describe('chain trees', () => {
  test('children hang under their parent, orphans in a group at the end', () => {
    const roots = buildTree(rows, none);
    expect(roots.map(({ id }) => id)).toEqual(['/sr/base.vhd', '/sr/alone.vhd', ORPHANS]);
    expect([...allNodes(roots)].map(({ id, depth }) => [id, depth])).toEqual([
      ['/sr/base.vhd', 0],
      ['/sr/middle.vhd', 1],
      ['/sr/leaf.vhd', 2],
      ['/sr/alone.vhd', 0],
      [ORPHANS, 0],
      ['/sr/lost-1.vhd', 1],
      ['/sr/lost-2.vhd', 1],
    ]);
  });

  test('only the line to a parent that is not here is cut', () => {
    const cut = [...allNodes(buildTree(rows, none))].filter((node) => node.cut);
    expect(cut.map(({ row }) => row?.name)).toEqual(['lost-1.vhd', 'lost-2.vhd']);
  });

  test('a parent outside of what is open makes no orphan', () => {
    const outside = chainRow({ name: 'child.vhd', verdict: 'ok', parentName: 'elsewhere.vhd' });
    expect(buildTree([outside], none).map(({ id }) => id)).toEqual(['/sr/child.vhd']);
  });

  test('a chain of thousands is shown without recursion and without thousands of levels', () => {
    const long = [chainRow({ name: '0' })];
    for (let number = 1; number < 20_000; number += 1) long.push(childRow(long[number - 1]!, { name: String(number) }));
    const nodes = [...allNodes(buildTree(long, none))];
    expect(nodes).toHaveLength(20_000);
    expect(Math.max(...nodes.map(({ depth }) => depth))).toBeLessThan(300);
  });

  test('a name that stands twice says its folder', () => {
    const twice = [
      chainRow({ name: 'a.vhd', path: '/sr/x/a.vhd', folder: 'x' }),
      chainRow({ name: 'a.vhd', path: '/sr/y/a.vhd', folder: 'y' }),
      chainRow({ name: 'b.vhd', path: '/sr/y/b.vhd', folder: 'y' }),
    ];
    expect(buildTree(twice, none).map(({ where }) => where)).toEqual(['x', 'y', null]);
  });

  test('the chain of an image goes to its base', () => {
    const byPath = new Map(rows.map((row) => [row.path, row]));
    expect(chainOf(byPath, leaf.path)).toEqual([leaf.path, middle.path, base.path]);
  });

  test('an image is found by name, id, parent and what is wrong with it', () => {
    const broken = chainRow({
      name: 'x.vhd',
      errors: 1,
      worst: { code: 'footer.missing', severity: 'error', message: '' },
    });
    const [node, other] = buildTree([broken, leaf], none);
    expect(matches(node!, 'footer.mis')).toBe(true);
    expect(matches(other!, 'ad33')).toBe(true);
    expect(matches(other!, 'middle')).toBe(true);
    expect(matches(other!, 'footer')).toBe(false);
  });

  test('health: errors before warnings', () => {
    expect(healthOf(chainRow({ name: 'a', errors: 1, warnings: 2 }))).toBe('error');
    expect(healthOf(chainRow({ name: 'a', warnings: 2 }))).toBe('warning');
    expect(healthOf(chainRow({ name: 'a' }))).toBe('ok');
  });
});
