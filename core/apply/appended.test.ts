import { describe, expect, it } from 'vitest';
import type { Plan, Step } from '../plans/plan.ts';
import { CrashFiles } from '../testing/crash-files.ts';
import { applyInPlace } from './apply.ts';
import type { ApplyEnvironment } from './environment.ts';
import { undo } from './undo.ts';

const IMAGE = '/sr/disk.raw';
const CHILD = '/sr/child.raw';
const OLD = 5000;

/** Where bytes go behind the old end: a copy, a write, a copy in batches of their own; zeros between and behind them. */
const COPIES = [
  { from: 0, to: 6000, bytes: 512 },
  { from: 512, to: 600_000, bytes: 2000 },
];
const WRITE = { at: 7000, length: 512 };
const END = 900_000;

type World = ApplyEnvironment & { files: CrashFiles };

async function grown(): Promise<{ env: World; operation: string; before: Uint8Array }> {
  const before = new Uint8Array(OLD).fill(1);
  const files = new CrashFiles().put(IMAGE, before).put(CHILD, new Uint8Array(4096).fill(2));
  const env = { files, state: '/state' };
  const stamp = await files.stamp(IMAGE);
  if (!stamp) throw new Error('no image');
  const write = (offset: number, length: number, byte: string): Step => ({
    action: 'write',
    file: IMAGE,
    offset,
    length,
    before: '',
    after: byte.repeat(length),
    why: 'it grows',
    field: null,
    structure: null,
  });
  const plan: Plan = {
    schema: 'platter.plan/1',
    kind: 'repair',
    strategy: 'footer-from-copy',
    strategies: ['footer-from-copy'],
    notes: [],
    target: IMAGE,
    targets: [{ path: IMAGE, identity: stamp.identity, size: stamp.size, modifiedNs: stamp.modifiedNs, metadata: [] }],
    steps: [write(END - 1, 1, '03'), { ...write(WRITE.at, WRITE.length, '04'), before: '00'.repeat(WRITE.length) }],
    copies: COPIES.map(({ from, to, bytes }) => ({
      from: { file: CHILD, offset: from },
      to: { file: IMAGE, offset: to },
      bytes,
    })),
    lost: [],
    lossy: false,
    draftOnly: false,
    risks: [],
    refusals: [],
    alternatives: [],
    findingsBefore: [],
    findingsAfter: [],
    sizeBefore: OLD,
    sizeAfter: END,
    journalBytes: 0,
  };
  const { operation } = await applyInPlace(plan, env, { acceptLoss: false });
  return { env, operation, before };
}

describe('undo of what made a file longer', () => {
  it('cuts it off while it is what the operation left, and brings it back', async () => {
    const { env, operation, before } = await grown();
    const after = env.files.sha256(env.files.bytes(IMAGE));
    expect(env.files.bytes(IMAGE)).toHaveLength(END);
    const undone = await undo(operation, env);
    expect(env.files.sha256(env.files.bytes(IMAGE))).toBe(env.files.sha256(before));
    await undo(undone.operation, env);
    expect(env.files.sha256(env.files.bytes(IMAGE))).toBe(after);
  });

  it.each([
    ['right behind the old end', OLD],
    ['between a copy and a write', 6600],
    ['one byte before a copy', 600_000 - 1],
    ['one byte behind it', 600_000 + 2000],
    ['far from everything', 300_005],
    ['before the last byte', END - 2],
  ])('refuses where a byte was written since that the operation had left zero: %s', async (_, at) => {
    const { env, operation } = await grown();
    const sink = await env.files.openForWriting(IMAGE);
    await sink.write(at, new Uint8Array([9]));
    const changed = env.files.sha256(env.files.bytes(IMAGE));
    await expect(undo(operation, env)).rejects.toMatchObject({
      kind: 'refusal',
      code: 'undo-not-possible',
      place: { path: IMAGE, offset: at },
    });
    expect(env.files.sha256(env.files.bytes(IMAGE))).toBe(changed);
    await sink.write(at, new Uint8Array(1));
    await sink.close();
    await undo(operation, env);
    expect(env.files.bytes(IMAGE)).toHaveLength(OLD);
  });

  it.each([
    ['a copy', 600_000 + 5],
    ['a write', WRITE.at],
  ])('refuses where %s was written over since', async (_, at) => {
    const { env, operation } = await grown();
    const sink = await env.files.openForWriting(IMAGE);
    await sink.write(at, new Uint8Array([9]));
    await sink.close();
    await expect(undo(operation, env)).rejects.toMatchObject({ code: 'undo-not-possible' });
  });
});
