import { describe, expect, it } from 'vitest';
import { folderLookup } from '../../../core/chain/lookup.ts';
import { openChain } from '../../../core/chain/open.ts';
import { base, child, expected, fill, idOf, SIZE } from '../../../core/chain/testing/chains.ts';
import { buildVhd } from '../../../core/formats/vhd/build/build.ts';
import { UNALLOCATED } from '../../../core/formats/vhd/constants.ts';
import { dynamicHeader, footer } from '../../../core/formats/vhd/layout.ts';
import { readSparse, type SparseImage } from '../../../core/io/sparse.ts';
import type { Plan } from '../../../core/plans/plan.ts';
import { CrashFiles } from '../../../core/testing/crash-files.ts';
import { cut, flipBit, overwrite, setBatEntry } from '../../../core/testing/damage.ts';
import { random } from '../../../core/testing/random.ts';
import { applyRepair, planRepairOf } from './repair.ts';

const flat = (image: SparseImage): Uint8Array => readSparse(image, 0, image.size);
const headerField = (at: number, name: Parameters<typeof dynamicHeader.field>[0]): number =>
  at + dynamicHeader.field(name).offset;

function world(images: Record<string, SparseImage>) {
  const files = new CrashFiles();
  for (const [name, image] of Object.entries(images)) files.put(`/sr/${name}`, flat(image));
  return { files, state: '/state' };
}

type World = ReturnType<typeof world>;

async function repair(env: World, name: string): Promise<{ plan: Plan; left: string[] }> {
  const plan = await planRepairOf(`/sr/${name}`, env, { strategies: null });
  if (plan.steps.length === 0) return { plan, left: plan.findingsAfter.map(({ code }) => code) };
  const options = { acceptLoss: false, allowHardLinks: false };
  const { findingsAfter } = await applyRepair(plan, { inPlace: true }, env, options);
  return { plan, left: findingsAfter.filter(({ severity }) => severity !== 'info').map(({ code }) => code) };
}

async function guest(env: World, name: string): Promise<Uint8Array> {
  const chain = await openChain(`/sr/${name}`, folderLookup(env.files, ['/sr']));
  try {
    return await chain.disk.read(0, chain.disk.size);
  } finally {
    await chain.close();
  }
}

const LOW = [fill(0, 3000, 1)];
const HIGH = [fill(100, 7, 2), fill(4200, 20, 2)];
const parent = base(1, { writes: LOW });
const leaf = child(2, 1, 'base.vhd', { writes: HIGH });
const at = leaf.places.headerAt ?? 0;
const view = expected(SIZE, LOW, HIGH);

describe('a child’s damaged header beside its parent', () => {
  it('whose id for the parent was damaged gets that id back, and reads', async () => {
    const damaged = overwrite(leaf, headerField(at, 'parentUniqueId'), Uint8Array.of(1, 2, 3));
    const env = world({ 'leaf.vhd': damaged, 'base.vhd': parent });
    const { plan, left } = await repair(env, 'leaf.vhd');
    expect(plan.strategies).toEqual(['header-recompute']);
    expect(left).toEqual([]);
    expect(Buffer.compare(env.files.bytes('/sr/leaf.vhd'), flat(leaf))).toBe(0);
    expect(Buffer.compare(await guest(env, 'leaf.vhd'), view)).toBe(0);
  });

  it('whose time for the parent was damaged gets that of the parent', async () => {
    const env = world({ 'leaf.vhd': leaf, 'base.vhd': parent });
    const remembered = child(2, 1, 'base.vhd', {
      writes: HIGH,
      parent: { id: idOf(1), name: 'base.vhd', timeStamp: await modified(env, 'base.vhd') },
    });
    env.files.put('/sr/leaf.vhd', flat(flipBit(remembered, headerField(at, 'parentTimeStamp'), 7)));
    const { left } = await repair(env, 'leaf.vhd');
    expect(left).toEqual([]);
    expect(Buffer.compare(env.files.bytes('/sr/leaf.vhd'), flat(remembered))).toBe(0);
  });

  it('with a time that cannot be right and nothing to tell the right one is left to a person', async () => {
    const damaged = overwrite(leaf, headerField(at, 'parentTimeStamp'), Uint8Array.of(0xf0, 0, 0, 0));
    const env = world({ 'leaf.vhd': damaged, 'base.vhd': parent });
    const { plan } = await repair(env, 'leaf.vhd');
    expect(plan.steps).toEqual([]);
    expect(plan.findingsBefore.find(({ code }) => code === 'header.checksum')?.prognosis).toBe('decision');
    expect(plan.refusals.join()).toContain('parentTimeStamp');
  });

  it('that has lost more than one field is rebuilt where the parent or the checksum proves its id, and only there', async () => {
    const lost = overwrite(leaf, headerField(at, 'dataOffset'), new Uint8Array(28));
    const summed = world({ 'leaf.vhd': lost });
    await repair(summed, 'leaf.vhd');
    expect(Buffer.compare(summed.files.bytes('/sr/leaf.vhd'), flat(leaf))).toBe(0);
    const damaged = overwrite(lost, headerField(at, 'checksum'), new Uint8Array(4));
    const env = world({ 'leaf.vhd': damaged, 'base.vhd': parent });
    const { plan, left } = await repair(env, 'leaf.vhd');
    expect(plan.strategies).toEqual(['header-rebuild']);
    expect(left).toEqual([]);
    expect(Buffer.compare(env.files.bytes('/sr/leaf.vhd'), flat(leaf))).toBe(0);
    const { plan: alone } = await repair(world({ 'leaf.vhd': damaged }), 'leaf.vhd');
    expect(alone.steps).toEqual([]);
    expect(alone.refusals.join()).toContain('nothing proves');
  });

  it('with a locator that cannot be right gets it written anew', async () => {
    const damaged = overwrite(leaf, headerField(at, 'parentLocator1') + 16, Uint8Array.of(0, 0, 0x40));
    const env = world({ 'leaf.vhd': damaged, 'base.vhd': parent });
    const { plan, left } = await repair(env, 'leaf.vhd');
    expect(plan.strategies).toEqual(['header-recompute', 'locator-rewrite']);
    expect(left).toEqual([]);
    expect(Buffer.compare(await guest(env, 'leaf.vhd'), view)).toBe(0);
  });
});

async function modified(env: World, name: string): Promise<number> {
  const info = await env.files.info(`/sr/${name}`);
  return Math.floor((info?.modified ?? 0) / 1000) - 946_684_800;
}

describe('a fixed disk’s footer, which has no copy', () => {
  const fixed = buildVhd({ kind: 'fixed', virtualSize: 5 * 1024 * 1024 + 512, id: idOf(7), timeStamp: 1, writes: LOW });
  const footerAt = fixed.size - 512;

  it.each([1, 2, 37, 256, 420])('cut by %i bytes is whole again', async (bytes) => {
    const env = world({ 'disk.vhd': cut(fixed, -bytes) });
    const { left } = await repair(env, 'disk.vhd');
    expect(left).toEqual([]);
    expect(Buffer.compare(env.files.bytes('/sr/disk.vhd'), flat(fixed))).toBe(0);
  });

  it.each([
    'cookie',
    'features',
    'fileFormatVersion',
    'dataOffset',
    'originalSize',
    'currentSize',
    'diskGeometry',
    'diskType',
    'savedState',
    'reserved',
  ] as const)('with a damaged bit in %s is the one from before', async (field) => {
    const env = world({ 'disk.vhd': flipBit(fixed, footerAt + footer.field(field).offset, 1) });
    const { left, plan } = await repair(env, 'disk.vhd');
    expect(left).toEqual([]);
    expect(plan.notes[0]?.confidence).toBe('certain');
    expect(Buffer.compare(env.files.bytes('/sr/disk.vhd'), flat(fixed))).toBe(0);
  });

  it('whose id was damaged gets the one its child expects', async () => {
    const env = world({
      'disk.vhd': flipBit(fixed, footerAt + footer.field('uniqueId').offset),
      'child.vhd': child(9, 7, 'disk.vhd', { virtualSize: 5 * 1024 * 1024 + 512 }),
    });
    expect((await repair(env, 'disk.vhd')).left).toEqual([]);
    expect(Buffer.compare(env.files.bytes('/sr/disk.vhd'), flat(fixed))).toBe(0);
  });

  it('opens by one damaged bit in whatever field, and the guest’s bytes are the same', async () => {
    const chosen = random(5);
    for (let round = 0; round < 40; round += 1) {
      const byte = chosen.between(0, 511);
      const env = world({ 'disk.vhd': flipBit(fixed, footerAt + byte, chosen.between(0, 7)) });
      await repair(env, 'disk.vhd');
      const read = await guest(env, 'disk.vhd');
      expect(Buffer.compare(read, flat(fixed).subarray(0, footerAt)), `byte ${byte}`).toBe(0);
    }
  });
});

describe('damage that only bitmaps and data show', () => {
  it('is not called nothing: an entry that points one sector too far', async () => {
    const spaced = base(1, { writes: [fill(0, 10, 1), fill(4096, 10, 1)] });
    const entry = (spaced.places.blocks.get(0)?.bitmapAt ?? 0) / 512;
    const env = world({ 'disk.vhd': setBatEntry(spaced, 0, entry + 1) });
    const { plan, left } = await repair(env, 'disk.vhd');
    expect(plan.steps).toEqual([]);
    expect(plan.refusals).not.toEqual([]);
    expect(left).not.toEqual([]);
  });

  it('a table that names no block any more, beside blocks that are there', async () => {
    const env = world({
      'leaf.vhd': setBatEntry(setBatEntry(leaf, 0, UNALLOCATED), 1, UNALLOCATED),
      'base.vhd': parent,
    });
    const { plan } = await repair(env, 'leaf.vhd');
    const found = plan.findingsBefore.find(({ code }) => code === 'block.unreferenced');
    expect(found?.severity).toBe('error');
    expect(found?.message).toContain('older data');
    expect(plan.steps).toEqual([]);
  });
});
