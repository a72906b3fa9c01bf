import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readSparse, SparseBuilder } from './sparse.ts';

const SPACE = 64;
const operation = fc.oneof(
  fc.record({ kind: fc.constant('put' as const), at: fc.nat(SPACE), bytes: fc.uint8Array({ maxLength: 24 }) }),
  fc.record({ kind: fc.constant('zero' as const), at: fc.nat(SPACE), length: fc.nat(24) }),
  fc.record({ kind: fc.constant('resize' as const), size: fc.nat(SPACE) }),
);

describe('SparseBuilder', () => {
  it('holds what an array of bytes would, in extents that ascend and do not overlap', () => {
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 30 }), (operations) => {
        const builder = new SparseBuilder();
        let model: number[] = [];
        const grow = (size: number) => {
          while (model.length < size) model.push(0);
        };
        for (const step of operations) {
          if (step.kind === 'put') {
            builder.put(step.at, step.bytes);
            if (step.bytes.length > 0) grow(step.at + step.bytes.length);
            for (const [i, byte] of step.bytes.entries()) model[step.at + i] = byte;
          } else if (step.kind === 'zero') {
            builder.zero(step.at, step.length);
            grow(step.at + step.length);
            model.fill(0, step.at, step.at + step.length);
          } else {
            builder.resize(step.size);
            model = model.slice(0, step.size);
            grow(step.size);
          }
        }
        expect(builder.size).toBe(model.length);
        expect([...readSparse(builder, 0, builder.size)]).toEqual(model);
        expect([...readSparse(builder, 5, 20)]).toEqual(model.slice(5, 25));
        let end = 0;
        for (const { at, bytes } of builder.extents) {
          expect(at).toBeGreaterThanOrEqual(end);
          expect(bytes.length).toBeGreaterThan(0);
          end = at + bytes.length;
        }
        expect(end).toBeLessThanOrEqual(builder.size);
      }),
    );
  });

  it('leaves the image it began with as it was', () => {
    const before = { size: 8, extents: [{ at: 0, bytes: Uint8Array.of(1, 2, 3, 4) }] };
    const builder = new SparseBuilder(before);
    builder.put(1, Uint8Array.of(9));
    builder.resize(2);
    expect([...readSparse(before, 0, 8)]).toEqual([1, 2, 3, 4, 0, 0, 0, 0]);
    expect([...readSparse(builder, 0, 8)]).toEqual([1, 9]);
  });
});
