import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeFrame, encodeFrame } from './frame.ts';

/** A frame from its parts, however wrong. */
function frame(json: unknown, raw: number[] = [], length?: number): Uint8Array {
  const text = Buffer.from(typeof json === 'string' ? json : JSON.stringify(json));
  const head = Buffer.alloc(4);
  head.writeUInt32BE(length ?? text.length);
  return new Uint8Array(Buffer.concat([head, text, Buffer.from(raw)]));
}

describe('frames', () => {
  const leaf = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null), fc.uint8Array());
  const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
    tree: fc.oneof(
      { depthSize: 'small' },
      leaf,
      fc.array(tie('tree'), { maxLength: 4 }),
      fc.dictionary(fc.string(), tie('tree'), { maxKeys: 4, noNullPrototype: true }),
    ),
  }));

  it('carry any message, with byte arrays wherever they stand in it', () => {
    fc.assert(
      fc.property(tree, (message) => {
        // JSON has one zero
        const sent = structuredClone(message, {});
        expect(decodeFrame(encodeFrame(message))).toEqual(sent);
        expect(message).toEqual(sent);
      }),
    );
  });

  it('carry a view of a larger buffer as what it shows, and nothing around it', () => {
    const pool = Buffer.from('secret-bytes-secret');
    const sent = encodeFrame({ bytes: pool.subarray(7, 12) });
    expect(Buffer.from(sent).toString()).not.toContain('secret');
    expect((decodeFrame(sent) as { bytes: Uint8Array }).bytes).toEqual(new Uint8Array(Buffer.from('bytes')));
  });

  it('carry a byte array that is the whole message', () => {
    expect(decodeFrame(encodeFrame(Uint8Array.of(1, 2)))).toEqual(Uint8Array.of(1, 2));
  });

  it('refuse numbers that JSON cannot carry, and messages without end', () => {
    expect(() => encodeFrame({ at: 1n })).toThrow(/bigint/);
    const round: Record<string, unknown> = {};
    round['self'] = round;
    expect(() => encodeFrame(round)).toThrow(/deep/);
  });

  it('say what is malformed, whatever arrives', () => {
    expect(() => decodeFrame(Uint8Array.of(0, 0))).toThrow(/shorter/);
    expect(() => decodeFrame(frame('{}', [], 9999))).toThrow(/longer than the frame/);
    expect(() => decodeFrame(frame('{"m":'))).toThrow(/parsed/);
    expect(() => decodeFrame(frame('[]'))).toThrow(/no message/);
    expect(() => decodeFrame(frame({ m: null, b: 7 }))).toThrow(/list/);
    expect(() => decodeFrame(frame({ m: { x: null }, b: [[['x'], 0, 3]] }, [1, 2]))).toThrow(/outside/);
    expect(() => decodeFrame(frame({ m: { x: null }, b: [[['y'], 0, 1]] }, [1]))).toThrow(/nowhere/);
    expect(() => decodeFrame(frame({ m: { x: 1 }, b: [[['x'], 0, 1]] }, [1]))).toThrow(/nowhere/);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          decodeFrame(bytes);
        } catch (thrown) {
          expect(thrown).toMatchObject({ code: 'forbidden' });
        }
      }),
    );
  });

  it('put bytes only where the sender left a gap: no path reaches a prototype', () => {
    for (const path of [['__proto__', 'x'], ['constructor', 'prototype', 'x'], ['toString']])
      expect(() => decodeFrame(frame({ m: {}, b: [[path, 0, 1]] }, [1]))).toThrow(/nowhere/);
    expect(({} as Record<string, unknown>)['x']).toBeUndefined();
  });
});
