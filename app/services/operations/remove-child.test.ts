import { describe, expect, it } from 'vitest';
import type { ApplyEnvironment } from '../../../core/apply/environment.ts';
import { interrupted, resume, rollback, undo } from '../../../core/apply/undo.ts';
import { folderLookup } from '../../../core/chain/lookup.ts';
import { openChain } from '../../../core/chain/open.ts';
import { base, child, fill, MIB } from '../../../core/chain/testing/chains.ts';
import type { VhdSpec } from '../../../core/formats/vhd/build/spec.ts';
import { readSparse } from '../../../core/io/sparse.ts';
import { CrashFiles, type Fault } from '../../../core/testing/crash-files.ts';
import { type Coalesced, coalesceInPlace, prepareCoalesce } from './coalesce.ts';

type World = ApplyEnvironment & { files: CrashFiles };

const small: Partial<VhdSpec> = { virtualSize: 2 * MIB, blockSize: MIB / 2 };
const CHILD = child(2, 1, 'base.vhd', { ...small, writes: [fill(10, 5, 2), fill(1024, 1024, 2)] });
const BASE = base(1, { ...small, writes: [fill(0, 1100, 1)] });
const LEAF = child(3, 2, 'child.vhd', { ...small, writes: [fill(3000, 5, 3)] });
const CHILD_AT = '/sr/child.vhd';
const BASE_AT = '/sr/base.vhd';

function world(withLeaf = false): World {
  const files = new CrashFiles();
  for (const [name, image] of [
    ['child.vhd', CHILD],
    ['base.vhd', BASE],
    ...(withLeaf ? [['leaf.vhd', LEAF] as const] : []),
  ] as const)
    files.put(`/sr/${name}`, readSparse(image, 0, image.size));
  return { files, state: '/state' };
}

async function fold(env: World, relinkChildren = false): Promise<Coalesced> {
  const prepared = await prepareCoalesce(
    { child: CHILD_AT, search: [], inPlace: true, removeChild: true, relinkChildren },
    env,
  );
  try {
    if (prepared.plan.refusals.length > 0) throw new Error(prepared.plan.refusals.join(' '));
    return await coalesceInPlace(prepared, env, { prove: false, allowHardLinks: false });
  } finally {
    await prepared.close();
  }
}

async function view(env: World, path: string): Promise<string> {
  const chain = await openChain(path, folderLookup(env.files, ['/sr']));
  try {
    return env.files.sha256(await chain.disk.read(0, chain.disk.size));
  } finally {
    await chain.close();
  }
}

const has = (env: World, path: string): boolean => env.files.paths().includes(path);
const hash = (env: World, path: string): string => env.files.sha256(env.files.bytes(path));

describe('a coalesce that removes the child', () => {
  const before = world();
  const [childHash, baseHash] = [hash(before, CHILD_AT), hash(before, BASE_AT)];

  it('moves it into the journal when the parent was proved, and undo brings both back', async () => {
    const env = world();
    const seen = await view(env, CHILD_AT);
    const { applied } = await fold(env);
    expect(has(env, CHILD_AT)).toBe(false);
    expect(await view(env, BASE_AT)).toBe(seen);
    expect(hash(env, `${applied.journal ?? ''}/removed-0`)).toBe(childHash);
    await undo(applied.operation, env);
    expect([hash(env, CHILD_AT), hash(env, BASE_AT)]).toEqual([childHash, baseHash]);
    expect(env.files.paths().filter((path) => path.includes('removed'))).toEqual([]);
  });

  it('does not undo over a file that took the child’s place', async () => {
    const env = world();
    const { applied } = await fold(env);
    env.files.put(CHILD_AT, new Uint8Array([1]));
    const after = hash(env, BASE_AT);
    await expect(undo(applied.operation, env)).rejects.toMatchObject({ code: 'output-exists' });
    expect([env.files.bytes(CHILD_AT), hash(env, BASE_AT)]).toEqual([new Uint8Array([1]), after]);
  });

  it('refuses while others read through the child, unless they are pointed at its parent', async () => {
    const env = world(true);
    await expect(fold(env)).rejects.toThrow(/leaf\.vhd read through child\.vhd.*--relink-children/);
    const seen = await view(env, '/sr/leaf.vhd');
    const leaf = hash(env, '/sr/leaf.vhd');
    const { applied } = await fold(env, true);
    expect(has(env, CHILD_AT)).toBe(false);
    expect(await view(env, '/sr/leaf.vhd')).toBe(seen);
    await undo(applied.operation, env);
    expect([hash(env, CHILD_AT), hash(env, BASE_AT), hash(env, '/sr/leaf.vhd')]).toEqual([childHash, baseHash, leaf]);
  });

  it.each(['kill', 'torn', 'no-space', 'read-error'] satisfies Fault[])(
    '%s at every change: resume removes it, rollback brings it back',
    async (fault) => {
      const calm = world();
      calm.files.failAt(Number.MAX_SAFE_INTEGER, fault);
      await fold(calm);
      const after = hash(calm, BASE_AT);
      const { changes } = calm.files;
      const ended = { resumed: 0, rolledBack: 0 };
      for (let at = 1; at <= changes; at += 1) {
        const env = world();
        env.files.failAt(at, fault);
        await fold(env).catch(() => undefined);
        env.files.restart();
        const place = `${fault} at change ${at} of ${changes}`;
        const [open] = await interrupted(BASE_AT, env);
        if (!open) {
          // it had not begun, or was done
          expect([baseHash, after], place).toContain(hash(env, BASE_AT));
          expect(has(env, CHILD_AT), place).toBe(hash(env, BASE_AT) === baseHash);
        } else if (at % 2 === 0) {
          await resume(BASE_AT, env);
          expect(hash(env, BASE_AT), place).toBe(open.head ? after : baseHash);
          expect(has(env, CHILD_AT), place).toBe(!open.head);
          ended.resumed += 1;
        } else {
          await rollback(BASE_AT, env);
          expect([hash(env, CHILD_AT), hash(env, BASE_AT)], place).toEqual([childHash, baseHash]);
          ended.rolledBack += 1;
        }
      }
      expect(Math.min(ended.resumed, ended.rolledBack)).toBeGreaterThan(3);
    },
  );
});
