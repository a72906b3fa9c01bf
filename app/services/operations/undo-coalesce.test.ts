import { describe, expect, it } from 'vitest';
import { undo } from '../../../core/apply/undo.ts';
import { base, child, fill, MIB } from '../../../core/chain/testing/chains.ts';
import { FOOTER_LENGTH } from '../../../core/formats/vhd/constants.ts';
import { readSparse } from '../../../core/io/sparse.ts';
import { CrashFiles } from '../../../core/testing/crash-files.ts';
import { coalesceInPlace, prepareCoalesce } from './coalesce.ts';

const PARENT = '/sr/base.vhd';
const BLOCK = MIB / 2;

/** Folds one sector in a block that the parent lacks; `leaked` zero bytes lie before the parent's footer. */
async function folded(leaked: number) {
  const shape = { virtualSize: 2 * MIB, blockSize: BLOCK };
  const parent = base(1, { ...shape, writes: [fill(0, 9, 1)] });
  const end = parent.size - FOOTER_LENGTH;
  const bytes = new Uint8Array(parent.size + leaked);
  bytes.set(readSparse(parent, 0, end));
  bytes.set(readSparse(parent, end, FOOTER_LENGTH), end + leaked);
  const top = child(2, 1, 'base.vhd', { ...shape, writes: [fill(3000, 1, 2)] });
  const files = new CrashFiles().put(PARENT, bytes).put('/sr/child.vhd', readSparse(top, 0, top.size));
  const env = { files, state: '/state' };
  const prepared = await prepareCoalesce({ child: '/sr/child.vhd', search: [], inPlace: true }, env);
  const { applied } = await coalesceInPlace(prepared, env, { prove: false, allowHardLinks: false });
  await prepared.close();
  const hash = (): string => files.sha256(files.bytes(PARENT));
  const [copy] = prepared.plan.copies;
  return { env, operation: applied.operation, hash, before: files.sha256(bytes), data: copy?.to.offset ?? 0, end };
}

describe('undo of a coalesce after its parent was written to', () => {
  it.each([
    ['behind the old end', 0],
    ['over room that nobody used', BLOCK * 2],
  ])('does not lose what the guest wrote into the new block: %s', async (_, leaked) => {
    const { env, operation, hash, before, data, end } = await folded(leaked);
    expect(data).toBeGreaterThan(end);
    const after = hash();
    const sink = await env.files.openForWriting(PARENT);
    // a sector of the block that the child did not hold
    await sink.write(data + 7 * 512, new Uint8Array(512).fill(9));
    const written = hash();
    await expect(undo(operation, env)).rejects.toMatchObject({ code: 'undo-not-possible', place: { path: PARENT } });
    expect(hash()).toBe(written);
    await sink.write(data + 7 * 512, new Uint8Array(512));
    await sink.close();
    const undone = await undo(operation, env);
    expect(hash()).toBe(before);
    await undo(undone.operation, env);
    expect(hash()).toBe(after);
  });
});
