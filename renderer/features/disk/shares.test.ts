import { describe, expect, it } from 'vitest';
import type { ByteRun } from '../../../app/contract/types.ts';
import { holdersOf, sharesOf } from './shares.ts';

const run = (state: ByteRun['state'], owner: number | null, length: number): ByteRun => {
  return { at: 0, length, state, owner, fileOffset: null };
};

describe('sharesOf', () => {
  it('adds up who holds how many sectors, files before nobody', () => {
    const shares = sharesOf([
      run('zero', null, 512),
      run('data', 1, 1024),
      run('data', 0, 512),
      run('hole', null, 512),
      run('data', 1, 512),
      run('lost', 0, 512),
    ]);
    expect(shares.map(({ state, owner, sectors }) => [state, owner, sectors])).toEqual([
      ['data', 0, 1],
      ['data', 1, 3],
      ['lost', 0, 1],
      ['hole', null, 1],
      ['zero', null, 1],
    ]);
    expect(holdersOf(shares)).toEqual([0, 1]);
  });

  it('counts the last, broken sector of a disk', () => {
    expect(sharesOf([run('data', 0, 700)])[0]?.sectors).toBe(2);
  });
});
