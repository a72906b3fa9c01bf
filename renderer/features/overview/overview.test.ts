import { describe, expect, test } from 'vitest';
import type { StructurePart } from '../../../app/contract/types.ts';
import { twoColumns } from './facts.ts';
import { pieces } from './strip.ts';

const part = (id: string, kind: StructurePart['kind'], at: number, length: number, title = id): StructurePart => ({
  id,
  title,
  structure: null,
  kind,
  at,
  length,
  state: 'ok',
  note: null,
});

describe('the file in a strip', () => {
  test('locators are one piece, the batmap and its bits are one', () => {
    const strip = pieces([
      part('copy', 'structure', 0, 512),
      part('header', 'structure', 512, 1024),
      part('bat', 'table', 1536, 512),
      part('batmap', 'structure', 2048, 512),
      part('batmap-bits', 'bitmap', 2560, 512),
      part('locator-1', 'text', 3072, 512),
      part('locator-2', 'text', 3584, 512),
    ]);
    expect(strip.map(({ label, at, length }) => [label, at, length])).toEqual([
      ['copy', 0, 512],
      ['header', 512, 1024],
      ['BAT', 1536, 512],
      ['batmap', 2048, 1024],
      ['locators', 3072, 1024],
    ]);
  });

  test('many runs of blocks are one piece, and the footer still stands behind them', () => {
    const blocks = Array.from({ length: 50 }, (_, run) => [
      part(run === 0 ? 'blocks' : `blocks-${run}`, 'blocks', 4096 + run * 3000, 2000, '2 blocks'),
      part(`gap-${run}`, 'gap', 6096 + run * 3000, 1000),
    ]).flat();
    const end = { ...part('footer', 'structure', 154_096, 0), state: 'missing' as const };
    const strip = pieces([...blocks, end]);
    expect(strip.map(({ label, kind }) => [label, kind])).toEqual([
      ['100 blocks', 'blocks'],
      ['gap', 'gap'],
      ['footer', 'missing'],
    ]);
    expect(strip[0]?.at).toBe(4096);
  });

  test('what the strip has no word for keeps its title', () => {
    expect(pieces([part('content', 'blocks', 0, 9, 'Content')]).map(({ label }) => label)).toEqual(['Content']);
  });
});

test('facts stand in two columns of about the same length, the long ones at the right', () => {
  const fact = (label: string, mono: boolean) => ({ label, value: label, title: null, mono });
  const [left, right] = twoColumns([
    ...['Kind', 'Virtual size', 'File size', 'On disk', 'Block size', 'Blocks', 'Hidden'].map((l) => fact(l, false)),
    ...['Unique id', 'Created'].map((l) => fact(l, true)),
  ]);
  expect(Math.abs(left.length - right.length)).toBeLessThanOrEqual(1);
  expect(left[0]?.label).toBe('Kind');
  expect(right[0]?.label).toBe('Unique id');
});
