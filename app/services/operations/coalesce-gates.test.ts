import { describe, expect, it } from 'vitest';
import type { ApplyEnvironment } from '../../../core/apply/environment.ts';
import { folderLookup } from '../../../core/chain/lookup.ts';
import { openChain } from '../../../core/chain/open.ts';
import { base, child, expected, fill, MIB } from '../../../core/chain/testing/chains.ts';
import type { GuestWrite } from '../../../core/formats/vhd/build/spec.ts';
import { readSparse, type SparseImage } from '../../../core/io/sparse.ts';
import { NIL_UUID } from '../../../core/structure/codecs.ts';
import { CrashFiles } from '../../../core/testing/crash-files.ts';
import { zeroFooter } from '../../../core/testing/damage.ts';
import { DEFECTS } from '../../../core/testing/defects.ts';
import { type CoalesceRequest, coalesceInPlace, prepareCoalesce } from './coalesce.ts';

type World = ApplyEnvironment & { files: CrashFiles };

function world(images: Record<string, SparseImage | Uint8Array>): World {
  const files = new CrashFiles();
  for (const [name, image] of Object.entries(images))
    files.put(`/sr/${name}`, image instanceof Uint8Array ? image : readSparse(image, 0, image.size));
  return { files, state: '/state' };
}

async function view(env: World, name: string): Promise<string> {
  const chain = await openChain(`/sr/${name}`, folderLookup(env.files, []));
  try {
    return env.files.sha256(await chain.disk.read(0, chain.disk.size));
  } finally {
    await chain.close();
  }
}

/** Folds; answers why it was refused, with every file as it was, or null when it was done. */
async function fold(env: World, name: string, more: Partial<CoalesceRequest> = {}): Promise<string | null> {
  const all = (): string[] => env.files.paths().map((path) => env.files.sha256(env.files.bytes(path)));
  const before = all();
  const prepared = await prepareCoalesce({ child: `/sr/${name}`, search: [], inPlace: true, ...more }, env);
  try {
    const { refusals } = prepared.plan;
    if (refusals.length > 0) {
      expect(all()).toEqual(before);
      return refusals.join(' ');
    }
    const { journal } = more;
    await coalesceInPlace(prepared, env, { prove: false, allowHardLinks: false, journal });
    return null;
  } finally {
    await prepared.close();
  }
}

const LOW: GuestWrite[] = [fill(0, 5000, 1)];
const MIDDLE: GuestWrite[] = [fill(300, 40, 2)];
const HIGH: GuestWrite[] = [fill(100, 7, 3), fill(9000, 300, 3)];

/** `leaf.vhd` over `mid.vhd` over `base.vhd`. */
const three = (): Record<string, SparseImage> => ({
  'leaf.vhd': child(3, 2, 'mid.vhd', { writes: HIGH }),
  'mid.vhd': child(2, 1, 'base.vhd', { writes: MIDDLE }),
  'base.vhd': base(1, { writes: LOW }),
});

describe('a whole chain is folded only where every image of it may be', () => {
  const into = '/sr/base.vhd';

  it.each([true, false])(
    'not over one in between that belongs to a suspended machine (in place: %s)',
    async (inPlace) => {
      const env = world({ ...three(), 'mid.vhd': child(2, 1, 'base.vhd', { writes: MIDDLE, savedState: true }) });
      expect(await fold(env, 'leaf.vhd', { into, inPlace })).toMatch(/mid\.vhd belongs to a machine that is suspended/);
    },
  );

  it('not over one in between that is damaged, which is named, and not the one folded into', async () => {
    const damaged = DEFECTS['bat-overlap-same'](child(2, 1, 'base.vhd', { writes: [fill(0, 9, 2), fill(4096, 9, 2)] }));
    const env = world({ ...three(), 'mid.vhd': damaged });
    const why = await fold(env, 'leaf.vhd', { into });
    expect(why).toMatch(/mid\.vhd is damaged \(bat\.overlap\)/);
    expect(why).not.toContain('base.vhd is damaged');
  });

  it('not over one in between that a process writes to', async () => {
    const env = world(three());
    const holders = [{ pid: 9, command: 'tapdisk', writes: true }];
    Object.assign(env.files, {
      holders: async (path: string) => ({ holders: path === '/sr/mid.vhd' ? holders : [], complete: true }),
    });
    expect(await fold(env, 'leaf.vhd', { into })).toMatch(/mid\.vhd is open for writing in process 9/);
  });

  it('of a leaf larger than all below it, as it would be step by step', async () => {
    const sizes = (small: number, below: number): Record<string, SparseImage> => ({
      'leaf.vhd': child(3, 2, 'mid.vhd', { virtualSize: 8 * MIB, writes: HIGH }),
      'mid.vhd': child(2, 1, 'base.vhd', { virtualSize: small, writes: MIDDLE }),
      'base.vhd': base(1, { virtualSize: below, writes: LOW }),
    });
    for (const below of [6 * MIB, 4 * MIB]) {
      const env = world(sizes(6 * MIB, below));
      expect(await fold(env, 'leaf.vhd', { into })).toBeNull();
      expect(await view(env, 'base.vhd')).toBe(env.files.sha256(expected(8 * MIB, LOW, MIDDLE, HIGH)));
    }
    // the base has a stretch of its own that the leaf does not see
    await expect(fold(world(sizes(4 * MIB, 6 * MIB)), 'leaf.vhd', { into })).rejects.toThrow(/behind the end/);
  });

  it('of a leaf larger than a raw disk below it', async () => {
    const env = world({
      'leaf.vhd': child(3, 2, 'mid.vhd', { virtualSize: 8 * MIB, writes: [fill(9, 9, 3)] }),
      'mid.vhd': child(2, NIL_UUID, 'base.raw', { virtualSize: 5 * MIB, writes: MIDDLE }),
      'base.raw': expected(5 * MIB, LOW),
    });
    expect(await fold(env, 'leaf.vhd', { into: '/sr/base.raw' })).toBeNull();
    const all = expected(8 * MIB, LOW, MIDDLE, [fill(9, 9, 3)]);
    expect(env.files.sha256(env.files.bytes('/sr/base.raw'))).toBe(env.files.sha256(all));
  });
});

describe('children that are pointed at the parent', () => {
  const family = (below: GuestWrite[], own: GuestWrite[]): Record<string, SparseImage> => ({
    'leaf.vhd': child(3, 2, 'mid.vhd', { writes: own }),
    'mid.vhd': child(2, 1, 'base.vhd', { virtualSize: 4 * MIB, writes: MIDDLE }),
    'base.vhd': base(1, { writes: below }),
  });

  it('keep what they see: not where the parent holds data behind the child’s end', async () => {
    const env = world(family([...LOW, fill(12_000, 50, 1)], HIGH));
    const before = await view(env, 'leaf.vhd');
    expect(await fold(env, 'mid.vhd', { relinkChildren: true })).toMatch(
      /leaf\.vhd reads zeros behind the end of mid\.vhd.*base\.vhd holds there.*leave out --relink-children/,
    );
    expect(await fold(env, 'mid.vhd')).toBeNull();
    expect(await view(env, 'leaf.vhd')).toBe(before);
  });

  it.each([
    ['holds nothing there', LOW, HIGH],
    ['is covered there', [...LOW, fill(12_000, 50, 1)], [...HIGH, fill(11_900, 200, 3)]],
  ])('are pointed at one that %s', async (_, below, own) => {
    const env = world(family(below, own));
    const before = await view(env, 'leaf.vhd');
    expect(await fold(env, 'mid.vhd', { relinkChildren: true, removeChild: true })).toBeNull();
    expect(await view(env, 'leaf.vhd')).toBe(before);
  });
});

describe('room for a journal on another file system', () => {
  /** `/sr` has so many bytes free, `/other` so many. */
  function narrow(sr: number, other: number): World {
    const env = world({
      'child.vhd': child(2, 1, 'base.vhd', { writes: [fill(0, 4096, 2)] }),
      'base.vhd': base(1, { writes: LOW }),
    });
    env.files.put('/other/here', new Uint8Array());
    const info = env.files.info.bind(env.files);
    Object.assign(env.files, {
      info: async (path: string) => {
        const found = await info(path);
        return found && path.startsWith('/other') ? { ...found, identity: found.identity.replace('1:', '2:') } : found;
      },
      freeSpace: async (folder: string) => (folder.startsWith('/other') ? other : sr),
    });
    return env;
  }

  it('is looked for there, and not beside the parent', async () => {
    expect(await fold(narrow(MIB, 10 * MIB), 'child.vhd')).toMatch(/are needed in \/sr, and 1 MiB are free/);
    expect(await fold(narrow(MIB, 10 * MIB), 'child.vhd', { journal: '/other/new/journals' })).toBeNull();
  });

  it('is missed before anything is written', async () => {
    expect(await fold(narrow(10 * MIB, MIB), 'child.vhd', { journal: '/other' })).toMatch(
      /are needed for the journal in \/other, and 1 MiB are free.*--journal/,
    );
    expect(await fold(narrow(10 * MIB, MIB), 'child.vhd')).toBeNull();
  });
});

it('a sibling whose footers are both gone still names its parent in its header, and is one', async () => {
  const sibling = zeroFooter(child(9, 2, 'mid.vhd', { writes: HIGH }), 'both');
  const env = world({ ...three(), 'sibling.vhd': sibling });
  expect(await fold(env, 'leaf.vhd')).toMatch(/sibling\.vhd is a sibling of leaf\.vhd/);
});
