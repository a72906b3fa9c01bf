import { describe, expect, it } from 'vitest';
import type { StructurePart } from '../../../app/contract/types.ts';
import { firstPart, partAt } from './choose.ts';

const part = (id: string, at: number, length: number, state: StructurePart['state'] = 'ok'): StructurePart => {
  return { id, title: id, structure: null, kind: 'structure', at, length, state, note: null };
};
const parts = [
  part('copy', 0, 512),
  part('header', 512, 1024),
  part('blocks', 4096, 10_000),
  part('footer', 14_096, 512),
];

describe('the part that is shown first', () => {
  it('is the footer of a clean image', () => {
    expect(firstPart(parts)?.id).toBe('footer');
    expect(firstPart(parts.slice(0, 1))?.id).toBe('copy');
    expect(firstPart([])).toBeNull();
  });

  it('is where the gravest trouble is', () => {
    const troubled = [
      part('copy', 0, 512, 'warning'),
      part('bat', 1536, 512, 'error'),
      part('footer', 14_096, 0, 'missing'),
    ];
    expect(firstPart(troubled)?.id).toBe('footer');
    expect(firstPart(troubled.slice(0, 2))?.id).toBe('bat');
  });
});

describe('partAt', () => {
  it('finds the structure a byte belongs to', () => {
    expect(partAt(parts, 600)?.id).toBe('header');
    expect(partAt(parts, 2000)).toBeNull();
    expect(partAt([...parts, part('footer', 20_000, 0, 'missing')], 20_000)?.id).toBe('footer');
    expect(partAt([...parts, part('batmap', 5000, 512)], 5001)?.id).toBe('batmap');
  });
});
