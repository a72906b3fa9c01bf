import { describe, expect, it } from 'vitest';
import type { ApplyEnvironment } from '../../../core/apply/environment.ts';
import { readLog } from '../../../core/apply/log.ts';
import { folderLookup } from '../../../core/chain/lookup.ts';
import { openChain } from '../../../core/chain/open.ts';
import { base, child, expected, idOf, SIZE } from '../../../core/chain/testing/chains.ts';
import { readSparse, type SparseImage } from '../../../core/io/sparse.ts';
import { CrashFiles } from '../../../core/testing/crash-files.ts';
import { planRelink, type RelinkRequest } from './relink.ts';
import { applyRepair } from './repair.ts';

type World = ApplyEnvironment & { files: CrashFiles };

function world(images: Record<string, SparseImage>): World {
  const files = new CrashFiles();
  for (const [path, image] of Object.entries(images)) files.put(path, readSparse(image, 0, image.size));
  return { files, state: '/state' };
}

const plan = (env: World, changes: Partial<RelinkRequest> = {}): ReturnType<typeof planRelink> =>
  planRelink(
    { child: '/sr/child.vhd', parent: null, search: [], output: null, acceptIdMismatch: null, ...changes },
    env,
  );

async function view(env: World, path: string): Promise<string> {
  const chain = await openChain(path, folderLookup(env.files, []));
  try {
    return env.files.sha256(await chain.disk.read(0, chain.disk.size));
  } finally {
    await chain.close();
  }
}

/** Sectors of text, and some of them with a word changed: what a guest does to a file that was there. */
const text = new TextEncoder().encode('the quick brown fox. '.repeat(100_000)).subarray(0, 4000 * 512);
const changed = text.map((byte, at) => (at % 512 < 20 ? 88 : byte));
const OLD = [{ sector: 0, bytes: text }];
const NEW = [100, 200, 300, 400, 500, 600].map((sector) => ({
  sector,
  bytes: changed.subarray(sector * 512, (sector + 2) * 512),
}));
const STRANGE = [0, 1].map((part) => ({ sector: part * 2000, count: 2000, seed: 9 }));

const CHILD = child(2, 1, 'base.vhd', { writes: NEW });
const RIGHT = base(1, { writes: OLD });
const OTHER = base(7, { writes: STRANGE });

describe('relinking a child whose parent was moved', () => {
  it('finds it by id in the folders given, and the child reads again', async () => {
    const env = world({ '/sr/child.vhd': CHILD, '/old/kept.vhd': RIGHT, '/old/other.vhd': OTHER });
    const { plan: found, candidates } = await plan(env, { search: ['/old'] });
    expect(found.refusals).toEqual([]);
    expect(candidates).toMatchObject([
      { path: '/old/kept.vhd', idMatches: true, sizeMatches: true, via: 'unique id', content: { verdict: 'fits' } },
    ]);
    await applyRepair(found, { inPlace: true }, env, { acceptLoss: false });
    expect(await view(env, '/sr/child.vhd')).toBe(env.files.sha256(expected(SIZE, OLD, NEW)));
  });

  it('understands an absolute Windows path: the file of that name beside the child', async () => {
    const moved = child(2, 1, 'C:\\Hyper-V\\Virtual Hard Disks\\kept.vhd', {
      writes: NEW,
      parent: {
        id: idOf(1),
        name: 'C:\\Hyper-V\\Virtual Hard Disks\\kept.vhd',
        timeStamp: 1,
        locators: [{ code: 'W2ku', text: 'C:\\Hyper-V\\Virtual Hard Disks\\kept.vhd' }],
      },
    });
    const env = world({ '/sr/child.vhd': moved, '/sr/kept.vhd': RIGHT });
    const { candidates } = await plan(env);
    expect(candidates.map(({ path, idMatches }) => [path, idMatches])).toEqual([['/sr/kept.vhd', true]]);
    expect(candidates[0]?.via).toContain('beside the child');
  });

  it('asks which of two with the right id is meant, and takes the one that is named', async () => {
    const env = world({ '/sr/child.vhd': CHILD, '/a/one.vhd': RIGHT, '/b/two.vhd': RIGHT });
    const search = ['/a', '/b'];
    const { plan: unsure } = await plan(env, { search });
    expect(unsure.steps).toEqual([]);
    expect(unsure.refusals.join()).toMatch(/one\.vhd.*two\.vhd.*choose one/);
    const { plan: sure } = await plan(env, { search, parent: '/b/two.vhd' });
    expect(sure.refusals).toEqual([]);
    expect(sure.steps.length).toBeGreaterThan(0);
  });

  it('takes another id only with a reason, says that its content does not fit, and the log keeps the reason', async () => {
    const env = world({ '/sr/child.vhd': CHILD, '/old/other.vhd': OTHER });
    const { plan: refused, candidates } = await plan(env, { parent: '/old/other.vhd' });
    expect(refused.steps).toEqual([]);
    expect(refused.refusals.join()).toContain('--accept-id-mismatch --reason');
    expect(candidates).toMatchObject([{ idMatches: false, content: { verdict: 'does-not-fit' } }]);
    const { plan: forced } = await plan(env, { parent: '/old/other.vhd', acceptIdMismatch: 'restored by hand' });
    expect(forced.risks.join()).toContain('It does not look so');
    await applyRepair(forced, { inPlace: true }, env, { acceptLoss: false, note: 'restored by hand' });
    const { entries } = await readLog(env);
    expect(entries.map(({ kind, note }) => [kind, note])).toContainEqual(['relink', 'restored by hand']);
    expect(await view(env, '/sr/child.vhd')).toBe(env.files.sha256(expected(SIZE, STRANGE, NEW)));
  });

  it('never makes a circle, nor a child its own parent', async () => {
    const env = world({ '/sr/child.vhd': CHILD, '/sr/leaf.vhd': child(3, 2, 'child.vhd', { writes: [] }) });
    const circle = await plan(env, { parent: '/sr/leaf.vhd', acceptIdMismatch: 'why not' });
    expect(circle.plan.refusals.join()).toContain('the chain would have no base');
    const self = await plan(env, { parent: '/sr/child.vhd', acceptIdMismatch: 'why not' });
    expect(self.plan.refusals.join()).toContain('its own parent');
    expect([...circle.plan.steps, ...self.plan.steps]).toEqual([]);
  });
});
