import { describe, expect, it } from 'vitest';
import type { ApplyEnvironment } from '../../../core/apply/environment.ts';
import { undo } from '../../../core/apply/undo.ts';
import { folderLookup } from '../../../core/chain/lookup.ts';
import { openChain } from '../../../core/chain/open.ts';
import { base, child, fill, idOf, MIB } from '../../../core/chain/testing/chains.ts';
import type { VhdSpec } from '../../../core/formats/vhd/build/spec.ts';
import { readSparse, type SparseImage } from '../../../core/io/sparse.ts';
import type { Plan } from '../../../core/plans/plan.ts';
import { CrashFiles } from '../../../core/testing/crash-files.ts';
import { type CoalesceRequest, prepareCoalesce } from './coalesce.ts';
import type { WriteTarget } from './repair.ts';
import { applySaved } from './saved.ts';

type World = ApplyEnvironment & { files: CrashFiles };

const small: Partial<VhdSpec> = { virtualSize: 2 * MIB, blockSize: MIB / 2 };
const IMAGES = {
  'leaf.vhd': child(3, 2, 'mid.vhd', { ...small, writes: [fill(10, 5, 3), fill(3000, 9, 3)] }),
  'mid.vhd': child(2, 1, 'base.vhd', { ...small, hidden: true, writes: [fill(1024, 100, 2)] }),
  'base.vhd': base(1, { ...small, writes: [fill(0, 1100, 1)] }),
};
const SIBLING = child(4, 2, 'mid.vhd', { ...small, writes: [fill(1, 1, 4)] });
const GRANDCHILD = child(5, 3, 'leaf.vhd', { ...small, writes: [fill(1, 1, 5)] });
const IN_PLACE: WriteTarget = { inPlace: true };

function world(): World {
  const env = { files: new CrashFiles(), state: '/state' };
  for (const [name, image] of Object.entries(IMAGES)) put(env, `/sr/${name}`, image);
  return env;
}

function put(env: World, path: string, image: SparseImage): void {
  env.files.put(path, readSparse(image, 0, image.size));
}

/** A plan as it comes back from the file it was saved in. */
async function saved(env: World, request: Partial<CoalesceRequest> = {}): Promise<Plan> {
  const { plan, close } = await prepareCoalesce({ child: '/sr/leaf.vhd', search: [], inPlace: true, ...request }, env);
  await close();
  return JSON.parse(JSON.stringify(plan)) as Plan;
}

function apply(env: World, plan: Plan, target: WriteTarget | null = IN_PLACE): ReturnType<typeof applySaved> {
  return applySaved(plan, target, env, { acceptLoss: false });
}

/** Why it was refused; nothing of any image may have changed by then. */
async function refused(env: World, plan: Plan, target: WriteTarget | null = IN_PLACE): Promise<string> {
  const state = (): string[] => env.files.paths().map((path) => `${path} ${hash(env, path)}`);
  const before = state();
  const error = await apply(env, plan, target).then(
    () => null,
    (thrown: unknown) => thrown as Error & { place?: { hint?: string } },
  );
  expect(error, 'it was not refused').toMatchObject({ kind: 'refusal' });
  expect(state()).toEqual(before);
  return `${error?.message ?? ''} ${error?.place?.hint ?? ''}`;
}

const hash = (env: World, path: string): string => env.files.sha256(env.files.bytes(path));

async function view(env: World, path: string): Promise<string> {
  const chain = await openChain(path, folderLookup(env.files, ['/sr']));
  try {
    return env.files.sha256(await chain.disk.read(0, chain.disk.size));
  } finally {
    await chain.close();
  }
}

describe('a coalesce in place that was planned earlier', () => {
  it('is applied with the proof of any coalesce, and undo takes it back', async () => {
    const env = world();
    const [seen, mid] = [await view(env, '/sr/leaf.vhd'), hash(env, '/sr/mid.vhd')];
    const done = await apply(env, await saved(env));
    expect(await view(env, '/sr/mid.vhd')).toBe(seen);
    expect([done?.guestSha256Before, done?.guestSha256After]).toEqual([seen, seen]);
    await undo(done?.applied.operation ?? '', env);
    expect(hash(env, '/sr/mid.vhd')).toBe(mid);
  });

  it.each([
    ['beside the images', '/sr/sibling.vhd', []],
    ['where the plan was told to look', '/else/sibling.vhd', ['/else']],
  ])('is refused when a sibling came since, %s', async (_, path, search) => {
    const env = world();
    env.files.put('/else/note.txt', new Uint8Array(1));
    const plan = await saved(env, { search });
    put(env, path, SIBLING);
    expect(await refused(env, plan)).toMatch(/sibling\.vhd is a sibling of leaf\.vhd over mid\.vhd/);
  });

  it('is refused when somebody came to read through an image in between', async () => {
    const env = world();
    const plan = await saved(env, { into: '/sr/base.vhd' });
    put(env, '/sr/sibling.vhd', SIBLING);
    expect(await refused(env, plan)).toContain('sibling.vhd');
  });

  it('does not put away a child that has a child of its own by then', async () => {
    const env = world();
    const plan = await saved(env, { removeChild: true });
    put(env, '/sr/grandchild.vhd', GRANDCHILD);
    expect(await refused(env, plan)).toMatch(/grandchild\.vhd read through leaf\.vhd/);
  });

  it('does not leave out a grandchild that came after the others were to be pointed elsewhere', async () => {
    const env = world();
    put(env, '/sr/grandchild.vhd', GRANDCHILD);
    const plan = await saved(env, { relinkChildren: true, removeChild: true });
    put(env, '/sr/late.vhd', child(6, 3, 'leaf.vhd', { ...small, writes: [fill(2, 1, 6)] }));
    expect(await refused(env, plan)).toMatch(/late\.vhd.*Make a new plan/);
  });

  it('is refused when the child was written to', async () => {
    const env = world();
    const plan = await saved(env);
    put(env, '/sr/leaf.vhd', child(3, 2, 'mid.vhd', { ...small, writes: [fill(10, 5, 9)] }));
    expect(await refused(env, plan)).toMatch(/leaf\.vhd changed since the plan was made/);
  });

  it('is not copied under the parent’s id', async () => {
    const env = world();
    const text = await refused(env, await saved(env), { output: '/sr/out.vhd' });
    expect(text).toMatch(/writes to \/sr\/mid\.vhd itself.*same id.*--output FILE --plan/);
  });

  it('is refused when it does not say what it folds', async () => {
    const env = world();
    const { fold: _, ...plan } = await saved(env);
    expect(await refused(env, plan)).toMatch(/does not say what it folds.*platter coalesce --plan/);
  });

  it('that was refused then is refused now, with the reason', async () => {
    const env = world();
    put(env, '/sr/sibling.vhd', SIBLING);
    const plan = await saved(env);
    await env.files.remove('/sr/sibling.vhd');
    expect(await refused(env, plan)).toMatch(/sibling\.vhd is a sibling.*Make a new plan/);
  });

  it('does nothing, and does not fail, where the child holds nothing', async () => {
    const env = world();
    put(env, '/sr/leaf.vhd', child(3, 2, 'mid.vhd', { ...small, writes: [] }));
    const before = env.files.paths();
    expect(await apply(env, await saved(env), null)).toBeNull();
    expect(env.files.paths()).toEqual(before);
  });
});

describe('a coalesce to a new file that was planned earlier', () => {
  it('writes the file, with the child’s identity, and touches nothing else', async () => {
    const env = world();
    const seen = await view(env, '/sr/leaf.vhd');
    const sources = Object.keys(IMAGES).map((name) => hash(env, `/sr/${name}`));
    const plan = await saved(env, { inPlace: false, output: '/sr/out.vhd' });
    const done = await apply(env, plan, { output: '/sr/out.vhd' });
    expect(done).toMatchObject({ applied: { output: '/sr/out.vhd' }, guestSha256After: seen });
    const chain = await openChain('/sr/out.vhd', folderLookup(env.files, ['/sr']));
    expect(chain.members[0]?.summary.vhd).toMatchObject({ id: idOf(3), hidden: false });
    expect(chain.members[1]?.path).toBe('/sr/base.vhd');
    await chain.close();
    expect(Object.keys(IMAGES).map((name) => hash(env, `/sr/${name}`))).toEqual(sources);
    await undo(done?.applied.operation ?? '', env);
    expect(env.files.paths()).not.toContain('/sr/out.vhd');
  });

  it('is refused in place, without a place, and when the child was written to: each with its reason', async () => {
    const env = world();
    const plan = await saved(env, { inPlace: false });
    expect(await refused(env, plan)).toMatch(/is for a new file.*--in-place --plan/);
    expect(await refused(env, plan, null)).toMatch(/neither --output FILE nor --in-place/);
    put(env, '/sr/leaf.vhd', child(3, 2, 'mid.vhd', { ...small, writes: [fill(10, 5, 9)] }));
    expect(await refused(env, plan, { output: '/sr/out.vhd' })).toMatch(/leaf\.vhd changed since/);
  });
});
