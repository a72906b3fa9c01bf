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
