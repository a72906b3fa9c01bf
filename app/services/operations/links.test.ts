import { mkdir, mkdtemp, readFile, realpath, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ApplyEnvironment } from '../../../core/apply/environment.ts';
import { folderLookup } from '../../../core/chain/lookup.ts';
import { openChain } from '../../../core/chain/open.ts';
import { base, child, expected, fill, SIZE } from '../../../core/chain/testing/chains.ts';
import { nodeWriteFiles } from '../../../core/io/node/sink.ts';
import { writeSparse } from '../../../core/io/node/sparse.ts';
import { NIL_UUID } from '../../../core/structure/codecs.ts';
import { asImage, type Content } from '../../../core/testing/memory-files.ts';
import { type CoalesceRequest, coalesceInPlace, prepareCoalesce } from './coalesce.ts';
import { planRelink } from './relink.ts';
import { applyRepair } from './repair.ts';

// Whoever reads through an image is found by what its names lead to: a sibling that is not seen loses its disk.

let folder: string;
let env: ApplyEnvironment;
const at = (name: string): string => path.join(folder, name);

beforeEach(async () => {
  folder = await realpath(await mkdtemp(path.join(tmpdir(), 'platter-links-')));
  env = { files: nodeWriteFiles, state: at('state') };
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const LOW = [fill(0, 4200, 1)];
const HIGH = [fill(100, 7, 2), fill(9000, 20, 2)];
const OTHER = [fill(200, 3, 3)];

async function put(images: Record<string, Content>): Promise<void> {
  for (const [name, content] of Object.entries(images)) {
    await mkdir(path.dirname(at(name)), { recursive: true });
    await writeSparse(at(name), asImage(content));
  }
}

async function link(name: string, to: string): Promise<void> {
  await mkdir(path.dirname(at(name)), { recursive: true });
  await symlink(to, at(name));
}

async function view(name: string): Promise<string> {
  const chain = await openChain(at(name), folderLookup(env.files, []));
  try {
    return env.files.sha256(await chain.disk.read(0, chain.disk.size));
  } finally {
    await chain.close();
  }
}

const seen = (...layers: Parameters<typeof expected>[1][]): string => env.files.sha256(expected(SIZE, ...layers));

/** Folds in place; answers why it was refused, or null when it was done. */
async function fold(name: string, more: Partial<CoalesceRequest> = {}): Promise<string | null> {
  const prepared = await prepareCoalesce({ child: at(name), search: [], inPlace: true, ...more }, env);
  try {
    if (prepared.plan.refusals.length > 0) return prepared.plan.refusals.join(' ');
    await coalesceInPlace(prepared, env, { prove: false, allowHardLinks: false });
    return null;
  } finally {
    await prepared.close();
  }
}

describe('siblings', () => {
  it('beside the file that the parent’s name leads to block a fold', async () => {
    await put({
      'far/real.vhd': base(1, { writes: LOW }),
      'far/other.vhd': child(3, 1, 'real.vhd', { writes: OTHER }),
      'child.vhd': child(2, 1, 'base.vhd', { writes: HIGH }),
    });
    await link('base.vhd', 'far/real.vhd');
    expect(await fold('child.vhd')).toContain('other.vhd is a sibling of child.vhd');
    expect(await view('far/other.vhd')).toBe(seen(LOW, OTHER));
  });

  it('over a raw disk block a fold, whichever of its names either takes', async () => {
    await put({
      'near/base.raw': expected(SIZE, LOW),
      'near/child.vhd': child(2, NIL_UUID, 'base.raw', { writes: HIGH }),
      'far/other.vhd': child(3, NIL_UUID, 'disk.raw', { writes: OTHER }),
    });
    await link('far/disk.raw', '../near/base.raw');
    expect(await fold('near/child.vhd', { search: [at('far')] })).toContain('other.vhd is a sibling');
    expect(await fold('far/other.vhd')).toContain('child.vhd is a sibling');
    expect(await view('far/other.vhd')).toBe(seen(LOW, OTHER));
    expect(await view('near/child.vhd')).toBe(seen(LOW, HIGH));
  });

  it('beside the file that the child’s name leads to block a fold', async () => {
    await put({
      'far/base.vhd': base(1, { writes: LOW }),
      'set/child.vhd': child(2, 1, 'base.vhd', { writes: HIGH }),
      'set/other.vhd': child(3, 1, 'base.vhd', { writes: OTHER }),
    });
    await link('set/base.vhd', '../far/base.vhd');
    await link('child.vhd', 'set/child.vhd');
    expect(await fold('child.vhd')).toContain('other.vhd is a sibling');
  });

  it('that are in the folder only as a link block a fold; a link to the child itself does not', async () => {
    await put({
      'base.vhd': base(1, { writes: LOW }),
      'child.vhd': child(2, 1, 'base.vhd', { writes: HIGH }),
      'far/other.vhd': child(3, 1, 'base.vhd', { writes: OTHER }),
    });
    await link('same.vhd', 'child.vhd');
    await link('nothing.vhd', 'gone.vhd');
    await link('other.vhd', 'far/other.vhd');
    expect(await fold('child.vhd')).toMatch(/^other\.vhd is a sibling of child\.vhd/);
    await rm(at('other.vhd'));
    expect(await fold('child.vhd')).toBeNull();
    expect(await view('base.vhd')).toBe(seen(LOW, HIGH));
  });
});

describe('through links', () => {
  it('a child of the child is found once, and points at the parent from where it really is', async () => {
    await put({
      'base.vhd': base(1, { writes: LOW }),
      'child.vhd': child(2, 1, 'base.vhd', { writes: HIGH }),
      'far/leaf.vhd': child(3, 2, 'child.vhd', { writes: OTHER }),
    });
    await link('leaf.vhd', 'far/leaf.vhd');
    await link('also.vhd', 'far/leaf.vhd');
    expect(await fold('child.vhd', { removeChild: true })).toMatch(/^leaf\.vhd read through child\.vhd/);
    expect(await fold('child.vhd', { relinkChildren: true, removeChild: true })).toBeNull();
    expect(await view('far/leaf.vhd')).toBe(seen(LOW, HIGH, OTHER));
    expect(await view('leaf.vhd')).toBe(seen(LOW, HIGH, OTHER));
  });

  it('a child is relinked from where it really is', async () => {
    await put({
      'base.vhd': base(1, { writes: LOW }),
      'deep/far/child.vhd': child(2, 1, 'gone.vhd', { writes: HIGH }),
    });
    await link('child.vhd', 'deep/far/child.vhd');
    const { plan } = await planRelink(
      { child: at('child.vhd'), parent: at('base.vhd'), search: [], output: null, acceptIdMismatch: null },
      env,
    );
    await applyRepair(plan, { inPlace: true }, env, { acceptLoss: false });
    expect(await view('deep/far/child.vhd')).toBe(seen(LOW, HIGH));
    expect(await view('child.vhd')).toBe(seen(LOW, HIGH));
    expect((await readFile(at('child.vhd'))).includes('../../base.vhd')).toBe(true);
  });
});
