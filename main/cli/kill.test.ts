import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildVhd } from '../../core/formats/vhd/build/build.ts';
import { writeSparse } from '../../core/io/node/sparse.ts';
import { append } from '../../core/testing/damage.ts';
import { DEFECTS } from '../../core/testing/defects.ts';
import { random } from '../../core/testing/random.ts';

/** How often the command is killed; `npm run crash` asks for more. */
const KILLS = Number(process.env.PLATTER_KILLS ?? '20');
const CLI = path.resolve('dist/cli.js');

/** A batmap to be rebuilt and a long tail to be cut: writes of several kinds, and a journal that takes a while. */
const damaged = append(
  DEFECTS['batmap-cookie'](
    buildVhd({
      kind: 'dynamic',
      virtualSize: 64 * 1024 * 1024,
      id: 'c54ad692-0ce2-4dad-aa3f-e84a7ff1b95e',
      timeStamp: 762_952_080,
      writes: [
        { sector: 0, count: 4096, seed: 1 },
        { sector: 20_000, count: 100, seed: 1 },
      ],
    }),
  ),
  random(5).bytes(24 * 1024 * 1024),
);

const folder = mkdtempSync(path.join(tmpdir(), 'platter-kill-'));
const original = path.join(folder, 'original.vhd');
const image = path.join(folder, 'sr', 'disk.vhd');
const env = { ...process.env, PLATTER_STATE: path.join(folder, 'state') };

async function hash(file: string): Promise<string> {
  const digest = createHash('sha256');
  for await (const part of createReadStream(file)) digest.update(part as Buffer);
  return digest.digest('hex');
}

function run(...args: string[]): { status: number | null; stderr: string } {
  const { status, stderr } = spawnSync(process.execPath, [CLI, ...args], { env, encoding: 'utf8' });
  return { status, stderr };
}

/** A fresh damaged image, with no journal beside it. */
async function fresh(): Promise<void> {
  rmSync(path.dirname(image), { recursive: true, force: true });
  mkdirSync(path.dirname(image));
  await copyFile(original, image);
}

/** Starts the repair and kills it after `delay` milliseconds; answers whether it was still running. */
function repairAndKill(delay: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [CLI, 'repair', image, '--in-place'], { env, stdio: 'ignore' });
    const timer = setTimeout(() => child.kill('SIGKILL'), delay);
    child.on('error', reject);
    child.on('exit', (_, signal) => {
      clearTimeout(timer);
      resolve(signal === 'SIGKILL');
    });
  });
}

/** A child and its parent, large enough that moving takes a while. */
const pair = (() => {
  const common = { virtualSize: 64 * 1024 * 1024, timeStamp: 762_952_080 };
  const base = { ...common, id: 'c54ad692-0ce2-4dad-aa3f-e84a7ff1b95e' };
  const parent = { id: base.id, name: 'base.vhd', timeStamp: 762_952_080 };
  const scattered = Array.from({ length: 400 }, (_, index) => ({ sector: 40_000 + index * 64, count: 8, seed: 2 }));
  return {
    base: buildVhd({ kind: 'dynamic', ...base, writes: [{ sector: 0, count: 60_000, seed: 1 }] }),
    child: buildVhd({
      kind: 'differencing',
      ...common,
      id: '671166df-c1dc-4b5e-a2f8-7722a59a2996',
      parent,
      writes: [{ sector: 1000, count: 30_000, seed: 2 }, ...scattered],
    }),
  };
})();

/**
 * Starts a command and kills it `delay` milliseconds after `begun` says that it writes: most of its time goes by before that,
 * and a kill there shows nothing.
 */
function runAndKill(begun: () => boolean, delay: number, ...args: string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [CLI, ...args], { env, stdio: 'ignore' });
    let timer: NodeJS.Timeout | undefined;
    const watch = setInterval(() => {
      if (!begun()) return;
      clearInterval(watch);
      timer = setTimeout(() => child.kill('SIGKILL'), delay);
    }, 1);
    child.on('error', reject);
    child.on('exit', () => {
      clearInterval(watch);
      clearTimeout(timer);
      resolve();
    });
  });
}

/** How long a command takes from when it begins to write until it ends, in milliseconds. */
async function writingTime(begun: () => boolean, ...args: string[]): Promise<number> {
  let from = 0;
  const watch = (): boolean => {
    if (from === 0 && begun()) from = Date.now();
    return false;
  };
  await runAndKill(watch, 0, ...args);
  return from === 0 ? 0 : Date.now() - from;
}

describe('a coalesce or an export that is killed', () => {
  const place = mkdtempSync(path.join(tmpdir(), 'platter-kill-fold-'));
  const sr = path.join(place, 'sr');
  const [base, child, out] = ['base.vhd', 'child.vhd', 'out.raw'].map((name) => path.join(sr, name)) as [
    string,
    string,
    string,
  ];
  const kept = path.join(place, 'base.vhd');
  let before = '';
  let after = '';
  let view = '';

  const guest = (file: string): string => {
    const { stdout, stderr } = spawnSync(process.execPath, [CLI, 'hash', '--guest', file], { env, encoding: 'utf8' });
    return stdout.split(' ')[0] ?? stderr;
  };
  const journalThere = (): boolean => readdirSync(sr).some((name) => name.startsWith('base.vhd.platter-'));
  const partialThere = (): boolean => readdirSync(sr).some((name) => name.startsWith('out.raw'));
  const again = async (): Promise<void> => {
    for (const name of readdirSync(sr)) if (name !== 'child.vhd') rmSync(path.join(sr, name), { recursive: true });
    await copyFile(kept, base);
  };

  beforeAll(async () => {
    mkdirSync(sr);
    await writeSparse(kept, pair.base);
    await writeSparse(child, pair.child);
    await copyFile(kept, base);
    before = await hash(base);
    view = guest(child);
  }, 60_000);

  afterAll(() => {
    rmSync(place, { recursive: true, force: true });
  });

  it(`in place, ${KILLS} times: the child reads right at once, resume finishes, rollback gives the parent back`, {
    timeout: 30_000 + KILLS * 6_000,
  }, async () => {
    let duration = await writingTime(journalThere, 'coalesce', child, '--in-place', '--no-hash');
    after = await hash(base);
    expect([duration > 0, after === before]).toEqual([true, false]);
    const chance = random(KILLS + 1);
    const seen = { untouched: 0, done: 0, resumed: 0, rolledBack: 0 };
    for (let round = 0; round < KILLS; round += 1) {
      await again();
      await runAndKill(
        journalThere,
        Math.floor(duration * chance.next()),
        'coalesce',
        child,
        '--in-place',
        '--no-hash',
      );
      expect(guest(child)).toBe(view);
      const resume = round % 2 === 0;
      const { status, stderr } = run(resume ? 'resume' : 'rollback', base);
      const now = await hash(base);
      if (status === 3) {
        expect(stderr).toContain('Nothing was interrupted');
        expect([before, after]).toContain(now);
        seen[now === before ? 'untouched' : 'done'] += 1;
        // the machine is quicker now than when it was measured
        duration *= 0.9;
      } else {
        duration *= 1.03;
        expect(status, stderr).toBe(0);
        expect(resume ? [before, after] : [before]).toContain(now);
        seen[resume ? 'resumed' : 'rolledBack'] += 1;
      }
    }
    // kills that land before or behind the writing show nothing
    expect(seen.resumed + seen.rolledBack).toBeGreaterThan(0);
    console.log(`coalesce killed ${KILLS} times: ${JSON.stringify(seen)}`);
  });

  it(`an export, ${KILLS} times: whole or not there, and the next run clears what is left`, {
    timeout: 30_000 + KILLS * 6_000,
  }, async () => {
    await again();
    const args = ['export', child, '--output', out];
    const duration = await writingTime(partialThere, ...args);
    expect([duration > 0, await hash(out)]).toEqual([true, view]);
    const chance = random(KILLS + 2);
    const seen = { whole: 0, none: 0 };
    for (let round = 0; round < KILLS; round += 1) {
      rmSync(out, { force: true });
      await runAndKill(partialThere, Math.floor(duration * chance.next()), ...args);
      if (existsSync(out)) expect(await hash(out)).toBe(view);
      seen[existsSync(out) ? 'whole' : 'none'] += 1;
    }
    rmSync(out, { force: true });
    expect(run(...args)).toMatchObject({ status: 0 });
    expect(readdirSync(sr).sort()).toEqual(['base.vhd', 'child.vhd', 'out.raw']);
    console.log(`export killed ${KILLS} times: ${JSON.stringify(seen)}`);
  });
});

describe('a repair that is killed', () => {
  let before = '';
  let after = '';
  let duration = 0;

  beforeAll(async () => {
    expect(existsSync(CLI), 'dist/cli.js is built before this test').toBe(true);
    await writeSparse(original, damaged);
    before = await hash(original);
    await fresh();
    const start = Date.now();
    expect(run('repair', image, '--in-place')).toMatchObject({ status: 0 });
    duration = Date.now() - start;
    after = await hash(image);
    expect(after).not.toBe(before);
  }, 60_000);

  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it(`${KILLS} times at any moment: before, after, or a journal that resumes and rolls back`, {
    timeout: 30_000 + KILLS * 5_000,
  }, async () => {
    const chance = random(KILLS);
    const seen = { untouched: 0, done: 0, resumed: 0, rolledBack: 0 };
    for (let round = 0; round < KILLS; round += 1) {
      await fresh();
      const delay = Math.floor(duration * (0.3 + 0.7 * chance.next()));
      await repairAndKill(delay);
      const journals = readdirSync(path.dirname(image)).filter((name) => name !== path.basename(image));
      const resume = round % 2 === 0;
      const { status, stderr } = run(resume ? 'resume' : 'rollback', image);
      const now = await hash(image);
      if (status === 3) {
        // nothing was interrupted: it had not begun to write, or was done
        expect(stderr).toContain('Nothing was interrupted');
        expect([before, after], `killed after ${delay} ms with ${journals.join()}`).toContain(now);
        if (now === before) seen.untouched += 1;
        else seen.done += 1;
      } else {
        expect(status, stderr).toBe(0);
        expect(resume ? [before, after] : [before], `killed after ${delay} ms`).toContain(now);
        if (resume) seen.resumed += 1;
        else seen.rolledBack += 1;
      }
    }
    console.log(`killed ${KILLS} times: ${JSON.stringify(seen)}`);
  });
});
