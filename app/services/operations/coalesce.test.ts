import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { ApplyEnvironment } from '../../../core/apply/environment.ts';
import { interrupted, resume, rollback, undo } from '../../../core/apply/undo.ts';
import { checkFiles } from '../../../core/chain/check.ts';
import { folderLookup } from '../../../core/chain/lookup.ts';
import { type OpenChain, openChain } from '../../../core/chain/open.ts';
import { base, child, expected, fill, idOf, MIB, SIZE } from '../../../core/chain/testing/chains.ts';
import { PlatterError } from '../../../core/errors.ts';
import { buildVhd } from '../../../core/formats/vhd/build/build.ts';
import { CREATORS, type GuestWrite, type VhdSpec } from '../../../core/formats/vhd/build/spec.ts';
import { readSparse, type SparseImage } from '../../../core/io/sparse.ts';
import { NIL_UUID } from '../../../core/structure/codecs.ts';
import { CrashFiles, type Fault } from '../../../core/testing/crash-files.ts';
import { DEFECTS } from '../../../core/testing/defects.ts';
import { type CoalesceRequest, coalesceInPlace, prepareCoalesce } from './coalesce.ts';
import { exportChain } from './export.ts';
import { coalesceToFile } from './fold-file.ts';

const sha = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const flat = (image: SparseImage): Uint8Array => readSparse(image, 0, image.size);

type World = ApplyEnvironment & { files: CrashFiles };

function world(images: Record<string, SparseImage | Uint8Array>): World {
  const files = new CrashFiles();
  for (const [name, image] of Object.entries(images))
    files.put(`/sr/${name}`, image instanceof Uint8Array ? image : flat(image));
  return { files, state: '/state' };
}

function open(env: World, name: string, asRaw = false): Promise<OpenChain> {
  const path = name.startsWith('/') ? name : `/sr/${name}`;
  return openChain(path, folderLookup(env.files, ['/sr']), asRaw ? { asRaw } : {});
}

/** SHA-256 of what the guest sees. */
async function guest(env: World, name: string, asRaw = false): Promise<string> {
  const chain = await open(env, name, asRaw);
  try {
    return sha(await chain.disk.read(0, chain.disk.size));
  } finally {
    await chain.close();
  }
}

/** Findings above info of a deep check. */
async function faults(env: World, path: string): Promise<string[]> {
  const [checked] = await checkFiles(env.files, [path], { now: env.files.now(), deep: true });
  return (checked?.findings ?? [])
    .filter(({ severity }) => severity !== 'info')
    .map(({ code, message }) => `${code}: ${message}`);
}

async function fold(
  env: World,
  name: string,
  how: { output: string } | 'in place',
  request: Partial<CoalesceRequest> = {},
): ReturnType<typeof coalesceToFile> {
  const inPlace = how === 'in place';
  const prepared = await prepareCoalesce({ child: `/sr/${name}`, search: [], inPlace, ...request }, env);
  try {
    if (prepared.plan.refusals.length > 0) throw new Error(prepared.plan.refusals.join(' '));
    return inPlace
      ? await coalesceInPlace(prepared, env, { prove: false, allowHardLinks: false })
      : await coalesceToFile(prepared, how.output, env, { prove: false });
  } finally {
    await prepared.close();
  }
}

async function refused(env: World, name: string, request: Partial<CoalesceRequest> = {}): Promise<string> {
  const before = env.files.paths().map((path) => sha(env.files.bytes(path)));
  const error = await fold(env, name, 'in place', request).then(
    () => null,
    (thrown: unknown) => thrown as Error,
  );
  expect(error, 'it was not refused').toBeInstanceOf(Error);
  expect(env.files.paths().map((path) => sha(env.files.bytes(path)))).toEqual(before);
  return error?.message ?? '';
}

const LOW: GuestWrite[] = [fill(0, 5000, 1), fill(9000, 300, 1)];
/** A run within a block of the parent, one in a new block over the old footer's place, and a full block. */
const HIGH: GuestWrite[] = [fill(100, 7, 2), fill(4000, 2000, 2), fill(8192, 4096, 2), fill(13_000, 3, 2)];

/** Chains of every kind that can be folded, child first. */
const CHAINS: Record<string, { images: Record<string, SparseImage | Uint8Array>; view: Uint8Array; size?: number }> = {
  dynamic: {
    images: { 'child.vhd': child(2, 1, 'base.vhd', { writes: HIGH }), 'base.vhd': base(1, { writes: LOW }) },
    view: expected(SIZE, LOW, HIGH),
  },
  differencing: {
    images: {
      'child.vhd': child(3, 2, 'mid.vhd', { writes: [fill(5, 2, 3), fill(12_288, 100, 3)] }),
      'mid.vhd': child(2, 1, 'base.vhd', { writes: HIGH }),
      'base.vhd': base(1, { writes: LOW }),
    },
    view: expected(SIZE, LOW, HIGH, [fill(5, 2, 3), fill(12_288, 100, 3)]),
  },
  'fixed parent': {
    images: {
      'child.vhd': child(2, 1, 'base.vhd', { writes: HIGH }),
      'base.vhd': buildVhd({ kind: 'fixed', virtualSize: SIZE, id: idOf(1), timeStamp: 1, writes: LOW }),
    },
    view: expected(SIZE, LOW, HIGH),
  },
  'raw parent': {
    images: { 'child.vhd': child(2, NIL_UUID, 'base.raw', { writes: HIGH }), 'base.raw': expected(SIZE, LOW) },
    view: expected(SIZE, LOW, HIGH),
  },
  'blocks of other sizes': {
    images: {
      'child.vhd': child(2, 1, 'base.vhd', { writes: HIGH, blockSize: MIB / 2 }),
      'base.vhd': base(1, { writes: LOW, blockSize: 4 * MIB }),
    },
    view: expected(SIZE, LOW, HIGH),
  },
  'smaller child': {
    images: {
      'child.vhd': child(2, 1, 'base.vhd', { virtualSize: 5 * MIB, writes: [fill(9000, 500, 2)] }),
      'base.vhd': base(1, { writes: LOW }),
    },
    view: expected(SIZE, LOW, [fill(9000, 500, 2)]).subarray(0, 5 * MIB),
  },
  'larger child': {
    images: {
      'child.vhd': child(2, 1, 'base.vhd', {
        virtualSize: 13 * MIB,
        writes: [fill(9000, 500, 2), fill(20_000, 40, 2)],
      }),
      'base.vhd': base(1, { virtualSize: 5 * MIB, writes: [fill(0, 5000, 1)] }),
    },
    view: expected(13 * MIB, [fill(0, 5000, 1)], [fill(9000, 500, 2), fill(20_000, 40, 2)]),
  },
  'larger child of a raw disk': {
    images: {
      'child.vhd': child(2, NIL_UUID, 'base.raw', { virtualSize: 13 * MIB, writes: [fill(9000, 500, 2)] }),
      'base.raw': expected(5 * MIB, [fill(0, 5000, 1)]),
    },
    view: expected(13 * MIB, [fill(0, 5000, 1)], [fill(9000, 500, 2)]),
  },
  'a batmap that lies': {
    images: {
      'child.vhd': DEFECTS['batmap-partial-full'](child(2, 1, 'base.vhd', { writes: HIGH })),
      'base.vhd': base(1, { writes: LOW }),
    },
    view: expected(SIZE, LOW, HIGH),
  },
  'no batmap, data on sectors': {
    images: {
      'child.vhd': child(2, 1, 'base.vhd', { writes: HIGH, creator: CREATORS.hyperV, dataAlign: 512 }),
      'base.vhd': base(1, { writes: LOW, creator: CREATORS.hyperV, dataAlign: 512 }),
    },
    view: expected(SIZE, LOW, HIGH),
  },
  'room to grow': {
    images: {
      'child.vhd': child(2, 1, 'base.vhd', { writes: HIGH, tableEntries: 5000 }),
      'base.vhd': base(1, { writes: LOW, tableEntries: 5000 }),
    },
    view: expected(SIZE, LOW, HIGH),
  },
};

const parentOf = (images: object): string => Object.keys(images)[1] ?? '';

describe.each(Object.entries(CHAINS))('folding: %s', (_, { images, view }) => {
  const parent = parentOf(images);
  const raw = parent.endsWith('.raw');

  it('to a new file: the child’s view, both sources as they were, nothing wrong', async () => {
    const env = world(images);
    const done = await fold(env, 'child.vhd', { output: '/sr/out.vhd' });
    expect(await guest(env, 'out.vhd', raw)).toBe(sha(view));
    expect(done.guestSha256After).toBe(sha(view));
    for (const [name, image] of Object.entries(images))
      expect(sha(env.files.bytes(`/sr/${name}`)), name).toBe(sha(image instanceof Uint8Array ? image : flat(image)));
    if (!raw) expect(await faults(env, '/sr/out.vhd')).toEqual([]);
    await undo(done.applied.operation, env);
    expect(env.files.paths()).not.toContain('/sr/out.vhd');
  });

  it('in place: the parent has the child’s view, the child too, nothing wrong, and undo gives it back', async () => {
    const env = world(images);
    const before = env.files.bytes(`/sr/${parent}`);
    const childBytes = sha(env.files.bytes('/sr/child.vhd'));
    const { applied } = await fold(env, 'child.vhd', 'in place');
    const chain = await open(env, parent, raw);
    expect(sha(await chain.disk.read(0, view.length))).toBe(sha(view));
    await chain.close();
    expect(await guest(env, 'child.vhd')).toBe(sha(view));
    expect(sha(env.files.bytes('/sr/child.vhd'))).toBe(childBytes);
    if (!raw) expect(await faults(env, `/sr/${parent}`)).toEqual([]);
    await undo(applied.operation, env);
    expect(sha(env.files.bytes(`/sr/${parent}`))).toBe(sha(before));
  });

  it.each(['raw', 'vhd-dynamic', 'vhd-fixed'] as const)('exports to %s', async (format) => {
    const env = world(images);
    const chain = await open(env, 'child.vhd');
    const request = {
      output: '/sr/out',
      format,
      flavour: 'xenserver' as const,
      azure: false,
      holes: false,
      hash: true,
    };
    const { guestSha256, virtualSize } = await exportChain(chain, env, request);
    await chain.close();
    expect({ guestSha256, virtualSize }).toEqual({ guestSha256: sha(view), virtualSize: view.length });
    expect(await guest(env, '/sr/out', format === 'raw')).toBe(sha(view));
    if (format === 'raw') expect(sha(env.files.bytes('/sr/out'))).toBe(sha(view));
    else expect(await faults(env, '/sr/out')).toEqual([]);
  });
});

describe('what the new file is', () => {
  it('has the child’s id, size and flags, and the parent’s own parent with its place from there', async () => {
    const env = world({
      'child.vhd': child(3, 2, 'mid.vhd', { hidden: true, writes: HIGH }),
      'mid.vhd': child(2, 1, 'base.vhd', { writes: LOW }),
      'base.vhd': base(1, { writes: LOW }),
    });
    env.files.put('/other/place', new Uint8Array());
    await fold(env, 'child.vhd', { output: '/other/folded.vhd' });
    const chain = await open(env, '/other/folded.vhd');
    const [folded, parent] = chain.members;
    expect(folded?.summary.vhd).toMatchObject({ id: idOf(3), hidden: true, kind: 'differencing', virtualSize: SIZE });
    expect(folded?.summary.vhd?.parent).toMatchObject({ id: idOf(1), name: 'base.vhd' });
    expect(folded?.summary.vhd?.parent?.locators.map(({ text }) => text)).toEqual([
      'file://./../sr/base.vhd',
      '.\\..\\sr\\base.vhd',
      '.\\..\\sr\\base.vhd',
    ]);
    expect(folded?.link?.verdict).toBe('ok');
    expect(parent?.path).toBe('/sr/base.vhd');
    await chain.close();
  });

  it('stays fixed over a fixed parent, and raw over a raw one', async () => {
    const fixed = world(CHAINS['fixed parent']?.images ?? {});
    await fold(fixed, 'child.vhd', { output: '/sr/out.vhd' });
    const chain = await open(fixed, 'out.vhd');
    expect(chain.members[0]?.summary.vhd).toMatchObject({ kind: 'fixed', id: idOf(2) });
    await chain.close();
    const raw = world(CHAINS['raw parent']?.images ?? {});
    await fold(raw, 'child.vhd', { output: '/sr/out.img' });
    expect(raw.files.bytes('/sr/out.img')).toHaveLength(SIZE);
  });

  it('does not let a grandparent show through behind a shorter parent’s end', async () => {
    const top = [fill(12_000, 4, 3)];
    const env = world({
      'child.vhd': child(3, 2, 'mid.vhd', { writes: top }),
      'mid.vhd': child(2, 1, 'base.vhd', { virtualSize: 4 * MIB, writes: [fill(3, 4, 2)] }),
      'base.vhd': base(1, { writes: [fill(0, 16_384, 1)] }),
    });
    const seen = await guest(env, 'child.vhd');
    await fold(env, 'child.vhd', { output: '/sr/out.vhd' });
    expect(await guest(env, 'out.vhd')).toBe(seen);
    expect(await refused(env, 'child.vhd')).toMatch(/larger.*come to light.*--output/);
  });

  it('folds a whole chain into an ancestor, both ways', async () => {
    const images = CHAINS.differencing?.images ?? {};
    const view = sha(CHAINS.differencing?.view ?? new Uint8Array());
    const env = world(images);
    await fold(env, 'child.vhd', { output: '/sr/out.vhd' }, { into: '/sr/base.vhd' });
    const chain = await open(env, 'out.vhd');
    expect(chain.members).toHaveLength(1);
    await chain.close();
    expect(await guest(env, 'out.vhd')).toBe(view);
    const other = world(images);
    await fold(other, 'child.vhd', 'in place', { into: '/sr/base.vhd' });
    expect(await guest(other, 'base.vhd')).toBe(view);
    expect(await guest(other, 'child.vhd')).toBe(view);
    expect(await faults(other, '/sr/base.vhd')).toEqual([]);
  });

  it('points the child’s children at the parent when asked, and undo points them back', async () => {
    const env = world({
      'child.vhd': child(2, 1, 'base.vhd', { writes: HIGH }),
      'base.vhd': base(1, { writes: LOW }),
      'leaf.vhd': child(3, 2, 'child.vhd', { writes: [fill(1, 1, 3)] }),
    });
    const before = sha(env.files.bytes('/sr/leaf.vhd'));
    const seen = await guest(env, 'leaf.vhd');
    const { applied } = await fold(env, 'child.vhd', 'in place', { relinkChildren: true });
    await env.files.remove('/sr/child.vhd');
    expect(await guest(env, 'leaf.vhd')).toBe(seen);
    expect(await faults(env, '/sr/leaf.vhd')).toEqual([]);
    await undo(applied.operation, env);
    expect(sha(env.files.bytes('/sr/leaf.vhd'))).toBe(before);
  });
});

describe('what is refused, with the way out', () => {
  const pair = (changes: Partial<VhdSpec> = {}, below: Partial<VhdSpec> = {}): Record<string, SparseImage> => ({
    'child.vhd': child(2, 1, 'base.vhd', { writes: HIGH, ...changes }),
    'base.vhd': base(1, { writes: LOW, ...below }),
  });

  it('siblings, by name', async () => {
    const env = world({ ...pair(), 'other.vhd': child(3, 1, 'base.vhd', { writes: [fill(1, 1, 3)] }) });
    expect(await refused(env, 'child.vhd')).toMatch(/other\.vhd is a sibling.*--output/);
    const seen = await guest(env, 'other.vhd');
    await fold(env, 'child.vhd', { output: '/sr/out.vhd' });
    expect(await guest(env, 'other.vhd')).toBe(seen);
  });

  it('siblings of a raw parent, by its place', async () => {
    const env = world({
      'child.vhd': child(2, NIL_UUID, 'base.raw', { writes: HIGH }),
      'base.raw': expected(SIZE, LOW),
      'other.vhd': child(3, NIL_UUID, 'base.raw', {}),
    });
    expect(await refused(env, 'child.vhd')).toContain('other.vhd');
  });

  it('a child of an image in between, when a whole chain is folded', async () => {
    const env = world({ ...CHAINS.differencing?.images, 'other.vhd': child(4, 2, 'mid.vhd', {}) });
    expect(await refused(env, 'child.vhd', { into: '/sr/base.vhd' })).toContain('other.vhd');
  });

  it('a wrong parent, a missing one, a cycle', async () => {
    const wrong = world({ ...pair(), 'base.vhd': base(7, { writes: LOW }) });
    expect(await refused(wrong, 'child.vhd')).toMatch(/not the right one/);
    expect(await refused(world({ 'child.vhd': pair()['child.vhd'] ?? new Uint8Array() }), 'child.vhd')).toMatch(
      /missing/,
    );
    const cycle = world({ 'child.vhd': child(1, 2, 'b.vhd'), 'b.vhd': child(2, 1, 'child.vhd') });
    expect(await refused(cycle, 'child.vhd')).toMatch(/no base/);
    expect(await refused(world(pair()), 'base.vhd')).toMatch(/no parent/);
  });

  it('a suspended machine', async () => {
    expect(await refused(world(pair({ savedState: true })), 'child.vhd')).toMatch(/suspended.*Resume/);
  });

  it('damage of either, a block of the child that is cut short', async () => {
    const images = pair();
    const cut = child(2, 1, 'base.vhd', { writes: HIGH });
    const damagedParent = { ...images, 'base.vhd': DEFECTS['bat-overlap-same'](base(1, { writes: LOW })) };
    expect(await refused(world(damagedParent), 'child.vhd')).toMatch(
      /base\.vhd is damaged \(bat\.overlap\).*Repair it first/,
    );
    const short = { ...images, 'child.vhd': DEFECTS['last-block-truncated'](cut) };
    expect(await refused(world(short), 'child.vhd')).toMatch(/child\.vhd is damaged/);
  });

  it('a child larger than a parent that cannot grow: fixed, or blocks behind its end', async () => {
    const fixed = buildVhd({ kind: 'fixed', virtualSize: 4 * MIB, id: idOf(1), timeStamp: 1, writes: [fill(0, 9, 1)] });
    expect(await refused(world({ ...pair(), 'base.vhd': fixed }), 'child.vhd')).toMatch(/larger.*fixed disk.*--output/);
    const many = base(1, { virtualSize: 256 * MIB, writes: [] });
    const child300 = child(2, 1, 'base.vhd', { virtualSize: 300 * MIB, writes: [fill(9, 9, 2)] });
    expect(await refused(world({ 'child.vhd': child300, 'base.vhd': many }), 'child.vhd')).toMatch(
      /larger.*room for 128 blocks, and 150 are needed/,
    );
  });

  it('too little room, computed from what is moved', async () => {
    const env = world(pair());
    env.files.freeSpace = () => Promise.resolve(100_000);
    expect(await refused(env, 'child.vhd')).toMatch(/are needed in \/sr, and .* are free/);
  });

  it('files in use, and an operation that was cut off', async () => {
    const env = world(pair());
    env.files.held = [{ pid: 9, command: 'tapdisk', writes: true }];
    expect(await refused(env, 'child.vhd')).toMatch(/process 9 \(tapdisk\)/);
  });
});

/** Runs the work once undisturbed to count its changes. */
async function changesOf(env: World, work: () => Promise<unknown>): Promise<number> {
  env.files.changes = 0;
  await work();
  return env.files.changes;
}

describe('when an in-place coalesce is cut off', () => {
  const small: Partial<VhdSpec> = { virtualSize: 3 * MIB, blockSize: MIB / 2 };
  const low = [fill(0, 1100, 1), fill(3000, 50, 1)];
  const high = [fill(10, 5, 2), fill(600, 1, 2), fill(1024, 1024, 2), fill(2100, 3, 2), fill(4090, 6, 2)];
  const images: Record<string, Record<string, SparseImage | Uint8Array>> = {
    dynamic: {
      'child.vhd': child(2, 1, 'base.vhd', { ...small, writes: high }),
      'base.vhd': base(1, { ...small, writes: low }),
    },
    'growing, differencing': {
      'child.vhd': child(2, 1, 'base.vhd', { ...small, virtualSize: 4 * MIB, writes: [...high, fill(7000, 30, 2)] }),
      'base.vhd': child(1, 7, 'root.vhd', { ...small, writes: low }),
      'root.vhd': base(7, { ...small, writes: [fill(0, 6144, 7)] }),
    },
    fixed: {
      'child.vhd': child(2, 1, 'base.vhd', { ...small, writes: high }),
      'base.vhd': buildVhd({ kind: 'fixed', virtualSize: 3 * MIB, id: idOf(1), timeStamp: 1, writes: low }),
    },
  };

  it.each(
    Object.keys(images).flatMap((name) => (['kill', 'torn'] satisfies Fault[]).map((fault) => [name, fault] as const)),
  )(
    '%s, %s at every change: the child’s view is right, resume finishes, rollback gives the parent back',
    async (name, fault) => {
      const chain = images[name] ?? {};
      const parent = world(chain).files.bytes('/sr/base.vhd');
      const seen = await guest(world(chain), 'child.vhd');
      const calm = world(chain);
      const changes = await changesOf(calm, () => fold(calm, 'child.vhd', 'in place'));
      const after = calm.files.bytes('/sr/base.vhd');
      expect(changes).toBeGreaterThan(20);
      for (let at = 1; at <= changes; at += 1) {
        const env = world(chain);
        env.files.failAt(at, fault);
        await fold(env, 'child.vhd', 'in place').catch(() => undefined);
        env.files.restart();
        const place = `${fault} at change ${at} of ${changes}`;
        expect(await guest(env, 'child.vhd'), place).toBe(seen);
        const cut = env.files.bytes('/sr/base.vhd');
        if ((await interrupted('/sr/base.vhd', env)).length === 0) {
          expect([sha(parent), sha(after)], place).toContain(sha(cut));
          continue;
        }
        const head = (await interrupted('/sr/base.vhd', env))[0]?.head;
        if (at % 2 === 0) {
          await resume('/sr/base.vhd', env);
          expect(sha(env.files.bytes('/sr/base.vhd')), `${place}, resumed`).toBe(sha(head ? after : parent));
        } else {
          await rollback('/sr/base.vhd', env);
          expect(sha(env.files.bytes('/sr/base.vhd')), `${place}, rolled back`).toBe(sha(parent));
        }
        expect(await guest(env, 'child.vhd'), place).toBe(seen);
      }
    },
    60_000,
  );

  it.each(['no-space', 'read-error'] satisfies Fault[])('%s at every change: said, and taken back', async (fault) => {
    const chain = images.dynamic ?? {};
    const parent = sha(world(chain).files.bytes('/sr/base.vhd'));
    const seen = await guest(world(chain), 'child.vhd');
    const calm = world(chain);
    const changes = await changesOf(calm, () => fold(calm, 'child.vhd', 'in place'));
    for (let at = 1; at <= changes; at += 1) {
      const env = world(chain);
      env.files.failAt(at, fault);
      const error = await fold(env, 'child.vhd', 'in place').then(
        () => null,
        (thrown: unknown) => thrown,
      );
      if (error) expect(error).toBeInstanceOf(PlatterError);
      env.files.restart();
      expect(await guest(env, 'child.vhd'), `change ${at}`).toBe(seen);
      if ((await interrupted('/sr/base.vhd', env)).length > 0) {
        await rollback('/sr/base.vhd', env);
        expect(sha(env.files.bytes('/sr/base.vhd')), `change ${at}`).toBe(parent);
      }
    }
  });

  it.each(['kill', 'torn', 'no-space', 'read-error'] satisfies Fault[])(
    '%s: an export or a new file is whole or not there',
    async (fault) => {
      const chain = images.dynamic ?? {};
      const seen = await guest(world(chain), 'child.vhd');
      const works: ((env: World) => Promise<unknown>)[] = [
        (env) => fold(env, 'child.vhd', { output: '/sr/out' }),
        async (env) => {
          const opened = await open(env, 'child.vhd');
          const rest = { flavour: 'xenserver' as const, azure: false, holes: false, hash: true };
          return exportChain(opened, env, { output: '/sr/out', format: 'vhd-dynamic', ...rest });
        },
      ];
      for (const work of works) {
        const calm = world(chain);
        const changes = await changesOf(calm, () => work(calm));
        for (let at = 1; at <= changes; at += 1) {
          const env = world(chain);
          env.files.failAt(at, fault);
          await work(env).catch(() => undefined);
          env.files.restart();
          if (env.files.paths().includes('/sr/out')) expect(await guest(env, '/sr/out'), `change ${at}`).toBe(seen);
          expect(await guest(env, 'child.vhd')).toBe(seen);
          // the next run clears away what a killed one left
          if (!env.files.paths().includes('/sr/out')) {
            await work(env);
            expect(env.files.paths().filter((path) => path.startsWith('/sr/out'))).toEqual(['/sr/out']);
          }
        }
      }
    },
  );
});
