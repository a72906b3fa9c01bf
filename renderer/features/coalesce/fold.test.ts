import { describe, expect, test } from 'vitest';
import type { CoalesceAnswer } from '../../../app/contract/types.ts';
import { DEFAULTS, named, phasesOf, whyNotWrite } from './fold.ts';

const file = (name: string) => ({ path: `/sr/${name}`, name });

function answer(change: Partial<CoalesceAnswer> = {}): CoalesceAnswer {
  return {
    folded: [file('leaf.vhd'), file('base.vhd')],
    siblings: [],
    children: [],
    virtualSize: 1024 ** 3,
    moved: { bytes: 4096, blocks: 1 },
    gates: [],
    raw: false,
    hashed: true,
    file: { needed: 4096, free: 1024 ** 3 },
    suggestedOutput: '/sr/leaf.folded.vhd',
    inPlace: { growth: 0, journalBytes: 512, free: 1024 ** 3, risks: [] },
    ...change,
  };
}

const siblings: CoalesceAnswer['gates'][number] = {
  id: 'siblings',
  title: 'Siblings',
  open: false,
  only: 'in-place',
  text: 'other.vhd is a sibling.',
  repair: null,
};

describe('what stands against a coalesce', () => {
  test('a new file is the default, and needs a name of its own', () => {
    expect(whyNotWrite(null, DEFAULTS)).not.toBeNull();
    expect(whyNotWrite(answer(), DEFAULTS)).toBeNull();
    expect(whyNotWrite(answer(), { ...DEFAULTS, output: ' ' })).toContain('Name');
    expect(whyNotWrite(answer(), { ...DEFAULTS, output: '/sr/base.vhd' })).toContain('name of its own');
  });

  test('siblings block the way in place and never the new file', () => {
    const shut = answer({ gates: [siblings] });
    expect(whyNotWrite(shut, DEFAULTS)).toBeNull();
    expect(whyNotWrite(shut, { ...DEFAULTS, kind: 'in-place', unlocked: true })).toContain('Siblings');
    expect(whyNotWrite(answer({ gates: [{ ...siblings, only: null }] }), DEFAULTS)).toContain('Siblings');
  });

  test('in place the parent is unlocked first', () => {
    expect(whyNotWrite(answer(), { ...DEFAULTS, kind: 'in-place' })).toContain('Unlock');
    expect(whyNotWrite(answer(), { ...DEFAULTS, kind: 'in-place', unlocked: true })).toBeNull();
    const empty = answer({ moved: { bytes: 0, blocks: 0 } });
    expect(whyNotWrite(empty, { ...DEFAULTS, kind: 'in-place', unlocked: true })).toContain('nothing to move');
  });
});

test('phases are those of the way, with the hash only where it is made', () => {
  expect(phasesOf('copy', true).map(({ id }) => id)).toEqual(['Hashing', 'Writing', 'Reading back']);
  expect(phasesOf('in-place', false).map(({ id }) => id)).toEqual(['Moving', 'Reading back']);
});

test('files are named, and many are counted', () => {
  expect(named(['a', 'b'].map(file))).toBe('a and b');
  expect(named(['a', 'b', 'c'].map(file))).toBe('a, b and c');
  expect(named(['a', 'b', 'c', 'd', 'e'].map(file))).toBe('a, b, c and 2 more');
});
