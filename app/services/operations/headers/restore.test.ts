import { describe, expect, it } from 'vitest';
import { undo } from '../../../../core/apply/undo.ts';
import { readSparse } from '../../../../core/io/sparse.ts';
import { CrashFiles } from '../../../../core/testing/crash-files.ts';
import { vmfsDisk } from '../../../../core/testing/vmfs.ts';
import { applyRepair } from '../repair.ts';
import { backupHeaders } from './backup.ts';
import { planRestoreOf } from './restore.ts';

const MIB = 1024 ** 2;
const IMAGE = '/lun/sdf';
const SIZE = 48 * MIB;
const flat = (start: number, seed = '01') =>
  readSparse(vmfsDisk({ start, totalBytes: 44 * MIB, version: 5, seed }, { size: SIZE }), 0, SIZE);
const whole = flat(2 * MIB);
const PLAIN = { acceptLoss: false, allowHardLinks: false };

/** A disk, its backup, and then the disk wiped where the backup has something. */
async function wiped() {
  const env = { files: new CrashFiles().put(IMAGE, whole), state: '/state' };
  const { folder, manifest } = await backupHeaders(IMAGE, env, { to: '/headers' });
  const blank = whole.slice();
  for (const { offset, length } of manifest.regions) blank.fill(0, offset, offset + length);
  env.files.put(IMAGE, blank);
  return { env, folder, manifest, blank };
}

describe('restoring headers', () => {
  it('gives the wiped disk back byte for byte, and undo the wiped one', async () => {
    const { env, folder, manifest, blank } = await wiped();
    const { plan, parts, time } = await planRestoreOf(folder, IMAGE, env);
    expect(time).toBe(manifest.time);
    expect(parts.map(({ offset, length }) => [offset, length])).toEqual(
      manifest.regions.map(({ offset, length }) => [offset, length]),
    );
    expect(parts.map(({ differs }) => differs > 0)).toEqual([true, true, false]);
    expect(plan.risks).toEqual([]);
    expect(plan.findingsAfter).toEqual([]);
    const { applied } = await applyRepair(plan, { inPlace: true }, env, PLAIN);
    expect(Buffer.compare(env.files.bytes(IMAGE), whole)).toBe(0);
    const again = await planRestoreOf(`${folder}/manifest.json`, IMAGE, env);
    expect([again.plan.steps, again.plan.copies]).toEqual([[], []]);
    expect(again.parts.every(({ differs }) => differs === 0)).toBe(true);
    await undo(applied.operation, env);
    expect(Buffer.compare(env.files.bytes(IMAGE), blank)).toBe(0);
  });

  it('to a new file leaves the disk as it is', async () => {
    const { env, folder, blank } = await wiped();
    await applyRepair((await planRestoreOf(folder, IMAGE, env)).plan, { output: '/out.raw' }, env, PLAIN);
    expect(Buffer.compare(env.files.bytes('/out.raw'), whole)).toBe(0);
    expect(Buffer.compare(env.files.bytes(IMAGE), blank)).toBe(0);
  });

  it('says that what was written to a volume since then may be lost', async () => {
    const { env, folder } = await wiped();
    const changed = whole.slice();
    changed.fill(0x77, 19 * MIB, 19 * MIB + 100);
    env.files.put(IMAGE, changed);
    const { plan, parts } = await planRestoreOf(folder, IMAGE, env);
    expect(parts.map(({ differs }) => differs)).toEqual([0, 100, 0]);
    expect([plan.steps.length, plan.copies.map(({ bytes }) => bytes)]).toEqual([0, [MIB]]);
    expect(plan.risks.join()).toContain('since then may be lost');
  });

  it('knows a volume by its file system where only the LVM header is gone', async () => {
    const { env, folder } = await wiped();
    const partly = whole.slice().fill(0, 0, 18 * MIB);
    env.files.put(IMAGE, partly);
    const { plan } = await planRestoreOf(folder, IMAGE, env);
    await applyRepair(plan, { inPlace: true }, env, PLAIN);
    expect(Buffer.compare(env.files.bytes(IMAGE), whole)).toBe(0);
    const other = flat(2 * MIB, '5a').fill(0, 0, 18 * MIB);
    env.files.put('/other', other);
    await expect(planRestoreOf(folder, '/other', env)).rejects.toThrow('is not in it');
  });

  it('refuses a backup that was damaged, before anything is written', async () => {
    const { env, folder, manifest, blank } = await wiped();
    const file = `${folder}/${manifest.regions[1]!.file}`;
    const bytes = env.files.bytes(file).slice();
    bytes[20 * MIB]! ^= 1;
    env.files.put(file, bytes);
    await expect(planRestoreOf(folder, IMAGE, env)).rejects.toThrow('its SHA-256 differs');
    expect(Buffer.compare(env.files.bytes(IMAGE), blank)).toBe(0);
  });

  it('refuses a manifest whose parts overlap', async () => {
    const { env, folder, manifest } = await wiped();
    const { sha256: _, ...first } = manifest;
    const part = { ...manifest.regions[0]!, offset: 512, length: 512, file: '512+512.bin' };
    const text = JSON.stringify({ ...first, regions: [...manifest.regions, part] });
    env.files.put(`${folder}/manifest.json`, new TextEncoder().encode(text));
    await expect(planRestoreOf(folder, IMAGE, env)).rejects.toThrow('overlap');
  });

  it.each([
    ['another size', new Uint8Array(SIZE + 512), 'had 50331648 bytes'],
    ['another volume in its place', flat(2 * MIB, '5a'), 'is not in it'],
  ])('refuses a disk of %s', async (_, other, why) => {
    const { env, folder } = await wiped();
    // the same table id, so that the volume alone tells
    if (other.length === SIZE) other.set(whole.subarray(0, 512));
    env.files.put('/other', other);
    await expect(planRestoreOf(folder, '/other', env)).rejects.toThrow(why);
  });

  it('takes the first 4096 sectors of a disk, as dd makes them, and says that nothing tells of which', async () => {
    const { env } = await wiped();
    env.files.put('/vmfsheader-bu-sdf.hex', whole.slice(0, 4096 * 512));
    const { plan } = await planRestoreOf('/vmfsheader-bu-sdf.hex', IMAGE, env);
    expect(plan.risks.join()).toContain('says nothing of the disk');
    await applyRepair(plan, { inPlace: true }, env, PLAIN);
    expect(Buffer.compare(env.files.bytes(IMAGE).subarray(0, 4096 * 512), whole.subarray(0, 4096 * 512))).toBe(0);
    env.files.put('/part.hex', whole.slice(2 * MIB, 2 * MIB + 4096 * 512));
    await expect(planRestoreOf('/part.hex', IMAGE, env)).rejects.toThrow('begins with a VMFS partition');
  });
});
