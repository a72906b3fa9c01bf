import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildSample } from '../../app/services/sample/sample.ts';

const CLI = path.resolve('dist/cli.js');

/** One command of the page: what is typed, whether it says it is refused, and lines of what is shown. */
interface Command {
  typed: string;
  refused: boolean;
  shown: string[];
}

function commandsOf(page: string): Command[] {
  const out: Command[] = [];
  for (const [, block = ''] of page.matchAll(/```console\n([\s\S]*?)```/g)) {
    for (const line of block.trimEnd().split('\n')) {
      const typed = line.startsWith('$ ') ? line.slice(2) : null;
      if (typed !== null) out.push({ typed, refused: typed.endsWith('# refused'), shown: [] });
      else out[out.length - 1]?.shown.push(line);
    }
  }
  return out;
}

describe('docs/tutorial-cloudstack.md', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'platter-tutorial-'));
  let place = '';

  beforeAll(async () => {
    expect(existsSync(CLI), 'dist/cli.js is built before this test').toBe(true);
    place = (await buildSample(path.join(folder, 'sample'))).folder;
  });

  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it('does what it says, command by command', { timeout: 120_000 }, () => {
    const commands = commandsOf(readFileSync('docs/tutorial-cloudstack.md', 'utf8'));
    expect(commands.length).toBeGreaterThan(12);
    const env = { ...process.env, NODE: process.execPath, CLI, PLATTER_STATE: path.join(folder, 'state') };
    for (const { typed, refused, shown } of commands) {
      const { status, stdout, stderr } = spawnSync('sh', ['-c', `platter() { "$NODE" "$CLI" "$@"; }\n${typed}`], {
        env,
        cwd: place,
        encoding: 'utf8',
      });
      expect(status !== 0, `${typed}\n${stdout}${stderr}`).toBe(refused);
      for (const line of shown) expect(`${stdout}${stderr}`, typed).toContain(line);
    }
  });
});
