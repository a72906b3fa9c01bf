import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { nodeFiles } from '../../../core/io/node/files.ts';
import { writeSparse } from '../../../core/io/node/sparse.ts';
import { base, child, idOf } from '../testing/images.ts';
import { type Ran, run } from '../testing/run.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'platter-apply-'));
const images = path.join(folder, 'sr');
const at = (name: string): string => path.join(images, name);
const plan = path.join(folder, 'plan.json');
const before = process.env['PLATTER_STATE'];

beforeAll(() => {
  process.env['PLATTER_STATE'] = path.join(folder, 'state');
});
beforeEach(async () => {
  rmSync(images, { recursive: true, force: true });
  mkdirSync(images);
  await writeSparse(at('base.vhd'), base(1));
  await writeSparse(at('snap.vhd'), child(2, 1, 'base.vhd'));
});
afterAll(() => {
  if (before === undefined) delete process.env['PLATTER_STATE'];
  else process.env['PLATTER_STATE'] = before;
  rmSync(folder, { recursive: true, force: true });
});

interface Answer {
  applied: boolean;
  output: string | null;
  operation: string | null;
  plan: { kind: string; refusals: string[] };
  guestSha256After: string | null;
}

/** Saves what `--plan --json` prints. */
async function save(...args: string[]): Promise<void> {
  const { rc, out } = await run(nodeFiles, [...args, '--plan', '--json']);
  expect(rc).toBe(0);
  writeFileSync(plan, out);
}

async function apply(...args: string[]): Promise<Ran & { answer: Answer }> {
  const ran = await run(nodeFiles, ['apply', plan, ...args, '--json']);
  return { ...ran, answer: JSON.parse(ran.out) as Answer };
}

describe('platter apply', () => {
  it('runs a coalesce that was planned for a new file', async () => {
    await save('coalesce', at('snap.vhd'), '--output', at('out.vhd'));
    const { rc, answer } = await apply('--output', at('out.vhd'));
    expect(rc).toBe(0);
    expect(answer).toMatchObject({ applied: true, output: at('out.vhd') });
    expect(answer.guestSha256After).toMatch(/^[0-9a-f]{64}$/);
    const { out } = await run(nodeFiles, ['inspect', at('out.vhd'), '--json']);
    expect((JSON.parse(out) as { images: { vhd: { id: string } }[] }).images[0]?.vhd.id).toBe(idOf(2));
  });

  it('runs one in place, with its proof; what came since is named and nothing is written', async () => {
    await save('coalesce', at('snap.vhd'), '--in-place');
    await writeSparse(at('late.vhd'), child(3, 1, 'base.vhd'));
    const names = readdirSync(images);
    const refused = await apply('--in-place');
    expect(refused.rc).toBe(3);
    expect(refused.answer).toMatchObject({ applied: false, plan: { kind: 'coalesce' } });
    expect(refused.answer.plan.refusals.join()).toContain('late.vhd is a sibling of snap.vhd');
    expect(readdirSync(images)).toEqual(names);
    rmSync(at('late.vhd'));
    const { rc, answer } = await apply('--in-place');
    expect(rc).toBe(0);
    expect(answer.guestSha256After).toMatch(/^[0-9a-f]{64}$/);
  });

  it.each(['coalesce', 'repair'])('ends well when there is nothing to do: %s', async (name) => {
    rmSync(at('snap.vhd'));
    await writeSparse(at('snap.vhd'), child(2, 1, 'base.vhd', { writes: [] }));
    await save(name, at('snap.vhd'));
    const names = readdirSync(images);
    for (const where of [[], ['--in-place']]) {
      const { rc, answer } = await apply(...where);
      expect(rc).toBe(0);
      expect(answer).toMatchObject({ applied: false, operation: null, plan: { refusals: [] } });
    }
    const { rc, out } = await run(nodeFiles, ['apply', plan, '--in-place']);
    expect({ rc, out }).toEqual({ rc: 0, out: 'There is nothing to do.\n' });
    expect(readdirSync(images)).toEqual(names);
  });
});
