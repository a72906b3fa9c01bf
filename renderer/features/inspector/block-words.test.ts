import { describe, expect, it } from 'vitest';
import type { ChainOwner } from '../../../app/contract/types.ts';
import type { Share } from '../disk/shares.ts';
import { blockSentence } from './block-words.ts';

const owners: ChainOwner[] = (['leaf', 'parent', 'base'] as const).map((role) => ({
  path: `/${role}`,
  name: role,
  role,
}));
const share = (state: Share['state'], owner: number | null, sectors: number): Share => ({ state, owner, sectors });

describe('blockSentence', () => {
  it('names those who hold a block', () => {
    expect(blockSentence([share('data', 0, 1312), share('data', 1, 2784)], owners)).toBe(
      'Two files hold this block. The leaf owns 1,312 of its 4,096 sectors and the parent the rest, so a read of the whole block takes from each.',
    );
    expect(blockSentence([share('data', 2, 4096)], owners)).toBe('The base holds all of this block.');
    expect(blockSentence([share('data', 0, 4096)], owners.slice(0, 1))).toBe('The file holds all of this block.');
  });

  it('says what nobody holds, and what is missing', () => {
    expect(blockSentence([share('zero', null, 4096)], owners)).toMatch(/reads zeros/);
    expect(blockSentence([share('data', 0, 96), share('zero', null, 4000)], owners)).toBe(
      'The leaf holds 96 of its 4,096 sectors. Nobody holds 4,000 sectors; they read as zeros.',
    );
    expect(blockSentence([share('hole', null, 4096)], owners)).toBe(
      '4,096 sectors would be in a parent that is missing.',
    );
    expect(blockSentence([share('data', 0, 4088), share('lost', 0, 8)], owners)).toBe(
      'The leaf holds 4,088 of its 4,096 sectors. 8 sectors should be in a file and are not.',
    );
    expect(blockSentence([share('lost', 0, 4096)], owners)).toMatch(/cannot be read/);
  });
});
