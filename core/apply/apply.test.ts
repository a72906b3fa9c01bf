import { describe, expect, it } from 'vitest';
import { PlatterError, refusal } from '../errors.ts';
import { MemorySource } from '../io/source.ts';
import { Draft } from '../plans/draft.ts';
import { type Plan, stepsOf } from '../plans/plan.ts';
import { CrashFiles, type Fault } from '../testing/crash-files.ts';
import { type Applied, applyInPlace, applyToOutput } from './apply.ts';
import type { ApplyEnvironment } from './environment.ts';
import { readLog } from './log.ts';
import { interrupted, resume, rollback, undo } from './undo.ts';

const IMAGE = '/sr/disk.vhd';

function original(): Uint8Array {
  return Uint8Array.from({ length: 8192 }, (_, index) => (index * 7) & 0xff);
}

/** Overwrites in two places, grows the file, then cuts it: every kind of step there is. */
async function draftPlan(env: World, kind: 'cut' | 'grow' = 'cut'): Promise<Plan> {
  const source = new MemorySource(env.files.bytes(IMAGE));
  const draft = new Draft(source);
  await draft.write(100, new Uint8Array(50).fill(1), { why: 'first', structure: 'a' });
  await draft.write(120, new Uint8Array(50).fill(2), { why: 'second, over the first', structure: 'b' });
  await draft.write(8000, new Uint8Array(1000).fill(3), { why: 'past the end', structure: 'c' });
  if (kind === 'cut') draft.truncate(6000, { why: 'cut' });
  const stamp = await env.files.stamp(IMAGE);
  if (!stamp) throw new Error('no image');
  return {
    schema: 'platter.plan/1',
    kind: 'repair',
    strategy: 'footer-from-copy',
    strategies: ['footer-from-copy'],
    notes: [],
    target: IMAGE,
    targets: [{ path: IMAGE, identity: stamp.identity, size: stamp.size, modifiedNs: stamp.modifiedNs, metadata: [] }],
    steps: [
      ...stepsOf(draft.edits, IMAGE),
      {
        action: 'times',
        file: IMAGE,
        offset: 0,
        before: null,
        after: null,
        length: 0,
        why: 'time',
        field: null,
        structure: null,
        modifiedNs: stamp.modifiedNs,
      },
    ],
    copies: [],
    lost: [],
    lossy: false,
    draftOnly: false,
    risks: [],
    refusals: [],
    alternatives: [],
    findingsBefore: [],
    findingsAfter: [],
    sizeBefore: source.size,
    sizeAfter: draft.size,
    journalBytes: 0,
  };
}

async function wanted(kind: 'cut' | 'grow' = 'cut'): Promise<Uint8Array> {
  const plan = await draftPlan(world(), kind);
  const draft = new Draft(new MemorySource(original()));
  for (const step of plan.steps) {
    if (step.action === 'write')
      await draft.write(step.offset, Uint8Array.from(Buffer.from(step.after ?? '', 'hex')), { why: '' });
    if (step.action === 'truncate') draft.truncate(step.offset, { why: '' });
  }
  return draft.read(0, draft.size);
}

type World = ApplyEnvironment & { files: CrashFiles };

function world(): World {
  return { files: new CrashFiles().put(IMAGE, original()), state: '/state' };
}

async function caught(work: Promise<unknown>): Promise<PlatterError> {
  const error = await work.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(PlatterError);
  return error as PlatterError;
}

const options = { acceptLoss: false };

describe('applying in place', () => {
  it.each(['cut', 'grow'] as const)(
    'writes what the plan says, keeps the time, and undoes it byte for byte (%s)',
    async (kind) => {
      const env = world();
      const before = await env.files.stamp(IMAGE);
      const applied = await applyInPlace(await draftPlan(env, kind), env, options);
      expect(env.files.bytes(IMAGE)).toEqual(await wanted(kind));
      expect(await env.files.stamp(IMAGE)).toMatchObject({ modifiedNs: before?.modifiedNs });
      await undo(applied.operation, env);
      expect(env.files.bytes(IMAGE)).toEqual(original());
      expect(await env.files.stamp(IMAGE)).toEqual(before);
    },
  );

  it('undoes an undo', async () => {
    const env = world();
    const first = await applyInPlace(await draftPlan(env), env, options);
    const second = await undo(first.operation, env);
    await undo(second.operation, env);
    expect(env.files.bytes(IMAGE)).toEqual(await wanted());
  });

  it('refuses when a byte differs from the plan, and writes nothing', async () => {
    const env = world();
    const plan = await draftPlan(env);
    const other = original();
    other[110] = 99;
    const stamp = await env.files.stamp(IMAGE);
    env.files.put(IMAGE, other, BigInt(stamp?.modifiedNs ?? 0));
    plan.targets = [];
    const error = await caught(applyInPlace(plan, env, options));
    expect(error.toData()).toMatchObject({ kind: 'refusal', code: 'changed-since-plan', offset: 100 });
    expect(env.files.bytes(IMAGE)).toEqual(other);
    expect(env.files.paths()).toEqual([IMAGE]);
  });

  it('refuses a file that changed since the plan, is held for writing, or has other names', async () => {
    const env = world();
    const plan = await draftPlan(env);
    env.files.held = [{ pid: 77, command: 'tapdisk', writes: true }];
    expect((await caught(applyInPlace(plan, env, options))).message).toContain('process 77 (tapdisk)');
    env.files.held = [];
    env.files.setLinks(IMAGE, 2);
    expect((await caught(applyInPlace(plan, env, options))).code).toBe('in-use');
    env.files.setLinks(IMAGE, 1);
    env.files.put(IMAGE, original());
    expect((await caught(applyInPlace(plan, env, options))).code).toBe('changed-since-plan');
    expect(env.files.bytes(IMAGE)).toEqual(original());
  });

  it('says who reads the file', async () => {
    const env = world();
    env.files.held = [{ pid: 5, command: 'cp', writes: false }];
    const { notes } = await applyInPlace(await draftPlan(env), env, options);
    expect(notes.join()).toContain('Process 5 (cp)');
  });

  it('refuses loss that nobody accepted', async () => {
    const env = world();
    const plan = { ...(await draftPlan(env)), lost: [{ offset: 512, length: 1024 }] };
    const error = await caught(applyInPlace(plan, env, options));
    expect(error.code).toBe('needs-accept-loss');
    expect(error.message).toContain('1024 bytes at guest offset 512');
    await applyInPlace(plan, env, { acceptLoss: true });
    expect(env.files.bytes(IMAGE)).toEqual(await wanted());
  });

  it('keeps two Platters off one image, and takes over from one that died', async () => {
    const env = world();
    const plan = await draftPlan(env);
    const stamp = await env.files.stamp(IMAGE);
    const lock = `/state/locks/${(stamp?.identity ?? '').replace(':', '-')}.lock`;
    env.files.put(lock, new TextEncoder().encode(JSON.stringify({ pid: 1, started: '1' })));
    expect((await caught(applyInPlace(plan, env, options))).code).toBe('locked');
    env.files.runningPids.clear();
    await applyInPlace(plan, env, options);
    expect(env.files.bytes(IMAGE)).toEqual(await wanted());
  });

  it('undoes the newest first, and not what was changed since', async () => {
    const env = world();
    const first = await applyInPlace(await draftPlan(env), env, options);
    const plan = await draftPlan(env, 'grow');
    const second = await applyInPlace(plan, env, options);
    expect((await caught(undo(first.operation, env))).message).toContain(second.operation);
    const touched = env.files.bytes(IMAGE);
    touched[105] = 77;
    env.files.put(IMAGE, touched);
    expect((await caught(undo(second.operation, env))).code).toBe('undo-not-possible');
    expect(env.files.bytes(IMAGE)).toEqual(touched);
  });
});

describe('applying to a new file', () => {
  it('leaves the source alone, and undo removes the new file while it is what was written', async () => {
    const env = world();
    const plan = await draftPlan(env);
    const { operation } = await applyToOutput(plan, '/out/fixed.vhd', env, options);
    expect(env.files.bytes(IMAGE)).toEqual(original());
    expect(env.files.bytes('/out/fixed.vhd')).toEqual(await wanted());
    expect((await caught(applyToOutput(plan, '/out/fixed.vhd', env, options))).code).toBe('output-exists');
    await undo(operation, env);
    expect(env.files.paths()).not.toContain('/out/fixed.vhd');
  });

  it('does not remove a new file that was changed since', async () => {
    const env = world();
    const { operation } = await applyToOutput(await draftPlan(env), '/out/fixed.vhd', env, options);
    env.files.put('/out/fixed.vhd', new Uint8Array([1]));
    expect((await caught(undo(operation, env))).code).toBe('undo-not-possible');
    expect(env.files.bytes('/out/fixed.vhd')).toEqual(new Uint8Array([1]));
  });
});

/** Runs `work` once undisturbed to count its changes. */
async function countChanges(work: (env: World) => Promise<unknown>): Promise<number> {
  const env = world();
  env.files.changes = 0;
  await work(env);
  return env.files.changes;
}

describe('a file that may not be written', () => {
  it('is refused, and left without a journal that nothing could end', async () => {
    const env = world();
    const plan = await draftPlan(env);
    env.files.openForWriting = (path) => Promise.reject(refusal('forbidden', `${path} cannot be written.`, { path }));
    await expect(applyInPlace(plan, env, options)).rejects.toMatchObject({ code: 'forbidden' });
    expect(await interrupted(IMAGE, env)).toEqual([]);
    expect(env.files.bytes(IMAGE)).toEqual(original());
  });
});

describe('when it is cut off', () => {
  const faults: Fault[] = ['kill', 'torn'];

  it.each(faults)(
    'every single change: before, after, or a journal that resumes and rolls back (%s)',
    async (fault) => {
      const after = await wanted();
      const changes = await countChanges(async (env) => applyInPlace(await draftPlan(env), env, options));
      expect(changes).toBeGreaterThan(15);
      for (let at = 1; at <= changes; at += 1) {
        for (const way of ['resume', 'rollback'] as const) {
          const env = world();
          const plan = await draftPlan(env);
          env.files.failAt(at, fault);
          await caught(applyInPlace(plan, env, options));
          env.files.restart();
          const here = env.files.bytes(IMAGE);
          const [open] = await interrupted(IMAGE, env);
          if (!open) {
            expect([original(), after]).toContainEqual(here);
            continue;
          }
          await (way === 'resume' ? resume : rollback)(IMAGE, env);
          expect(env.files.bytes(IMAGE), `${way} after change ${at}`).toEqual(
            way === 'resume' && open.head ? after : original(),
          );
          expect(await interrupted(IMAGE, env)).toEqual([]);
        }
      }
    },
  );

  it.each(faults)('an undo likewise (%s)', async (fault) => {
    const after = await wanted();
    const prepare = async (env: World): Promise<Applied> => applyInPlace(await draftPlan(env), env, options);
    const changes = await countChanges(async (env) => {
      const { operation } = await prepare(env);
      env.files.changes = 0;
      await undo(operation, env);
    });
    for (let at = 1; at <= changes; at += 1) {
      const env = world();
      const { operation } = await prepare(env);
      env.files.failAt(at, fault);
      await undo(operation, env).catch(() => undefined);
      env.files.restart();
      const [open] = await interrupted(IMAGE, env);
      if (open) await rollback(IMAGE, env);
      expect([original(), after], `after change ${at}`).toContainEqual(env.files.bytes(IMAGE));
    }
  });

  it('a resume and a rollback that are cut off can be run again', async () => {
    const after = await wanted();
    for (const way of [resume, rollback]) {
      for (let at = 1; at <= 25; at += 1) {
        const env = world();
        const plan = await draftPlan(env);
        env.files.failAt(8, 'torn');
        await caught(applyInPlace(plan, env, options));
        env.files.restart();
        env.files.failAt(at, 'torn');
        await way(IMAGE, env).catch(() => undefined);
        env.files.restart();
        if ((await interrupted(IMAGE, env)).length > 0) await way(IMAGE, env);
        expect([original(), after]).toContainEqual(env.files.bytes(IMAGE));
      }
    }
  });

  it('a full disk or a read error: a clear failure, and the bytes from before are back or can be', async () => {
    const changes = await countChanges(async (env) => applyInPlace(await draftPlan(env), env, options));
    for (const fault of ['no-space', 'read-error'] as const) {
      for (let at = 1; at <= changes; at += 1) {
        const env = world();
        const plan = await draftPlan(env);
        env.files.failAt(at, fault);
        const error = await applyInPlace(plan, env, options).then(
          () => null,
          (thrown: unknown) => thrown as PlatterError,
        );
        if (error) expect(['no-space', 'read-failed', 'gone']).toContain(error.code);
        env.files.restart();
        if ((await interrupted(IMAGE, env)).length > 0) await rollback(IMAGE, env);
        expect([original(), await wanted()]).toContainEqual(env.files.bytes(IMAGE));
      }
    }
  });

  it('a new file is whole or not there', async () => {
    const after = await wanted();
    const changes = await countChanges(async (env) =>
      applyToOutput(await draftPlan(env), '/out/fixed.vhd', env, options),
    );
    for (let at = 1; at <= changes; at += 1) {
      const env = world();
      const plan = await draftPlan(env);
      env.files.failAt(at, 'torn');
      await caught(applyToOutput(plan, '/out/fixed.vhd', env, options));
      expect(env.files.bytes(IMAGE)).toEqual(original());
      if (env.files.paths().includes('/out/fixed.vhd')) expect(env.files.bytes('/out/fixed.vhd')).toEqual(after);
    }
  });
});

describe('the operation log', () => {
  it('carries in each line the hash of the line before, and notices a changed one', async () => {
    const env = world();
    const { operation } = await applyInPlace(await draftPlan(env), env, options);
    await undo(operation, env);
    const reading = await readLog(env);
    expect(reading.entries.map(({ event }) => event)).toEqual(['started', 'applied', 'started', 'applied', 'undone']);
    expect(reading.broken).toEqual([]);
    // each line that begins or ends a write says where it goes; what is taken back goes to the same places
    expect(reading.entries[1]?.changes?.length).toBeGreaterThan(0);
    const placesOf = (line: number) => reading.entries[line]?.changes?.map(({ offset }) => offset);
    expect(placesOf(2)?.every((offset) => placesOf(1)?.includes(offset))).toBe(true);
    const path = '/state/operations.jsonl';
    const text = new TextDecoder().decode(env.files.bytes(path)).replace('tester@bench', 'nobody@bench');
    env.files.put(path, new TextEncoder().encode(text));
    expect((await readLog(env)).broken).toMatchObject([{ line: 2 }]);
  });

  it('keeps a torn last line, says so, and goes on behind it', async () => {
    const env = world();
    await applyInPlace(await draftPlan(env), env, options);
    const path = '/state/operations.jsonl';
    env.files.put(path, env.files.bytes(path).subarray(0, -20));
    expect((await readLog(env)).broken).toMatchObject([{ line: 2, why: expect.stringContaining('torn') as string }]);
    const again = world().files.put(path, env.files.bytes(path));
    await applyInPlace(await draftPlan({ files: again, state: '/state' }), { files: again, state: '/state' }, options);
    const reading = await readLog({ files: again, state: '/state' });
    expect(reading.entries).toHaveLength(3);
    expect(reading.broken.map(({ line }) => line)).toEqual([2]);
  });
});
