import { describe, expect, it } from 'vitest';
import type { ChainRow } from '../../../app/contract/types.ts';
import { imageSentence } from './image-words.ts';

const row = (more: Partial<ChainRow>): ChainRow => {
  return {
    format: 'vhd',
    kind: 'dynamic',
    foreign: null,
    hidden: false,
    savedState: false,
    verdict: null,
    parentName: null,
    ...more,
  } as ChainRow;
};

describe('imageSentence', () => {
  it('says what an image is, and who is built on it', () => {
    expect(imageSentence(row({ hidden: true }), 3)).toBe(
      'A dynamic disk: it holds the blocks that were ever written. It is hidden: only its children use it. 3 images are built on it.',
    );
    expect(imageSentence(row({ kind: 'fixed' }), 0)).toMatch(/^A fixed disk/);
    expect(imageSentence(row({ format: 'qcow2', foreign: 'a QCOW2 image' }), 0)).toMatch(/^This is a QCOW2 image/);
  });

  it('says when the parent is not what it should be', () => {
    const child = row({ kind: 'differencing', parentName: 'base.vhd', verdict: 'missing' });
    expect(imageSentence(child, 0)).toBe(
      'A differencing disk: it holds what changed since base.vhd. The parent is not here, so what it would hold is not known.',
    );
    expect(imageSentence({ ...child, verdict: 'ok' }, 0)).toBe(
      'A differencing disk: it holds what changed since base.vhd.',
    );
  });
});
