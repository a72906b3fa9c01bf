import { describe, expect, it } from 'vitest';
import { base, chain, child, MIB } from '../testing/images.ts';
import { run } from '../testing/run.ts';

interface Answer {
  schema: string;
  pairs: { child: string; parent: string; cost: number; gain: number; why: string | null }[];
}

describe('platter coalesce --list', () => {
  it('lists each hidden image that has one child, with what is moved and freed', async () => {
    const { rc, out } = await run(chain(), ['coalesce', '--list', 'sr', '--json']);
    expect(rc).toBe(0);
    const { schema, pairs } = JSON.parse(out) as Answer;
    expect(schema).toBe('platter.coalescable/1');
    expect(pairs.map(({ child: from, parent, why }) => [from, parent, why])).toEqual([
      ['sr/snap.vhd', 'sr/base.vhd', null],
      ['sr/leaf.vhd', 'sr/snap.vhd', null],
    ]);
    // every block of the children stands in their parents already, so all of their files is freed
    for (const { cost, gain } of pairs) {
      expect(cost).toBe(2 * MIB);
      expect(gain).toBeGreaterThan(2 * MIB);
    }
    const { out: text } = await run(chain(), ['coalesce', '--list', 'sr']);
    expect(text).toContain('sr/snap.vhd into sr/base.vhd: moves 2 MiB at most, frees 2.');
  });

  it('leaves out what others read through, and counts what the parent grows by', async () => {
    const siblings = chain().put('/sr/other.vhd', child(4, 1, 'base.vhd'));
    const { out } = await run(siblings, ['coalesce', '--list', 'sr', '--json']);
    expect((JSON.parse(out) as Answer).pairs.map(({ parent }) => parent)).toEqual(['sr/snap.vhd']);
    const apart = chain()
      .put('/sr/base.vhd', base(1, { hidden: true, writes: [] }))
      .put('/sr/snap.vhd', child(2, 1, 'base.vhd'));
    const { out: grows } = await run(apart, ['coalesce', '--list', 'sr', '--json']);
    const [pair] = (JSON.parse(grows) as Answer).pairs;
    expect(pair).toMatchObject({ child: 'sr/snap.vhd', cost: 2 * MIB });
    expect(pair?.gain).toBeLessThan(64 * 1024);
  });

  it('says when there is nothing, and takes one child at a time otherwise', async () => {
    const { out, rc } = await run(chain().put('/alone/base.vhd', base(9)), ['coalesce', '--list', 'alone']);
    expect([rc, out]).toEqual([0, 'No hidden image has exactly one child: there is nothing to coalesce.\n']);
    expect((await run(chain(), ['coalesce', 'sr/leaf.vhd', 'sr/snap.vhd', '--plan'])).rc).toBe(2);
    expect((await run(chain(), ['coalesce', 'sr/leaf.vhd', '--remove-child', '--output', 'new.vhd'])).rc).toBe(2);
  });
});
