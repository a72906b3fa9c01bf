import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nodeFiles } from '../../../core/io/node/files.ts';
import { writeSparse } from '../../../core/io/node/sparse.ts';
import { base, child } from '../testing/images.ts';
import { run } from '../testing/run.ts';

// A script that asked for JSON reads JSON, also where the answer is no.
const folder = mkdtempSync(path.join(tmpdir(), 'platter-refusals-'));
const at = (name: string): string => path.join(folder, name);
const before = process.env['PLATTER_STATE'];

beforeAll(async () => {
  process.env['PLATTER_STATE'] = at('state');
  await writeSparse(at('base.vhd'), base(1));
  await writeSparse(at('orphan.vhd'), child(2, 7, 'gone.vhd'));
  writeFileSync(at('taken.raw'), 'mine');
});
afterAll(() => {
  if (before === undefined) delete process.env['PLATTER_STATE'];
  else process.env['PLATTER_STATE'] = before;
  rmSync(folder, { recursive: true, force: true });
});

interface Answer {
  schema: string;
  operation: string | null;
  applied: boolean;
  plan: { kind: string; target: string; steps: unknown[]; refusals: string[] };
}

describe('a refusal with --json', () => {
  it.each([
    ['repair', ['repair', 'missing.vhd']],
    ['repair', ['repair', '.']],
    ['relink', ['relink', 'missing.vhd', '--in-place']],
    ['relink', ['relink', 'orphan.vhd', '--in-place']],
    ['coalesce', ['coalesce', 'missing.vhd', '--in-place']],
    ['coalesce', ['coalesce', 'orphan.vhd', '--output', 'new.vhd']],
    ['repair', ['apply', 'missing.json', '--in-place']],
  ])(
    'of %s prints the operation, not applied, with the reason (%j)',
    async (kind, [name = '', image = '', ...rest]) => {
      const options = rest.map((text) => (text.includes('.') ? at(text) : text));
      const { rc, out, err } = await run(nodeFiles, [name, at(image), ...options, '--json']);
      expect(rc).toBe(3);
      const answer = JSON.parse(out) as Answer;
      expect(answer).toMatchObject({ schema: 'platter.operation/1', operation: null, applied: false });
      expect(answer.plan).toMatchObject({ kind, target: path.resolve(folder, image) });
      expect(answer.plan.refusals.length).toBeGreaterThan(0);
      expect(err).toContain(answer.plan.refusals[0]?.split('\n')[0]);
      expect(existsSync(at('new.vhd'))).toBe(false);
    },
  );

  it('of export prints its own document without an output', async () => {
    const { rc, out } = await run(nodeFiles, ['export', at('base.vhd'), '--output', at('taken.raw'), '--json']);
    expect(rc).toBe(3);
    const answer = JSON.parse(out) as { refusals: string[] };
    expect(answer).toMatchObject({ schema: 'platter.export/1', output: null, guestSha256: null, operation: null });
    expect(answer.refusals.join()).toContain('taken.raw');
  });
});
