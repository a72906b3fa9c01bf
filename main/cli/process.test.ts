import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeSparse } from '../../core/io/node/sparse.ts';
import { version } from '../../package.json';
import { base, child } from './testing/images.ts';

// What only a process of its own shows: start-up, pipes that close, signals. The built program, as it is installed.
const CLI = path.resolve('dist/cli.js');
const folder = mkdtempSync(path.join(tmpdir(), 'platter-process-'));

beforeAll(async () => {
  expect(existsSync(CLI), 'dist/cli.js is built before this test').toBe(true);
  const writes = Array.from({ length: 4000 }, (_, index) => ({ sector: index * 2, count: 1, seed: 2 }));
  await writeSparse(path.join(folder, 'base.vhd'), base(1));
  await writeSparse(path.join(folder, 'leaf.vhd'), child(2, 1, 'base.vhd', { writes }));
  await writeSparse(path.join(folder, 'huge.vhd'), base(3, { virtualSize: 2 * 1024 ** 4, writes: [] }));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const platter = (...argv: string[]) =>
  spawnSync(process.execPath, [CLI, ...argv], { cwd: folder, encoding: 'utf8', maxBuffer: 1 << 30 });

function ended(process: ChildProcess): Promise<{ code: number | null; signal: string | null }> {
  return new Promise((resolve) => process.once('close', (code, signal) => resolve({ code, signal })));
}

describe('the program as a process', () => {
  it('says its version', () => {
    expect(platter('--version')).toMatchObject({ status: 0, stdout: `${version}\n`, stderr: '' });
  });

  it('loads little: only what the command needs', () => {
    // how long a start takes depends on the machine; what is loaded for it does not
    const kilobytes = (files: Set<string>): number =>
      [...files].reduce((sum, file) => sum + statSync(file).size / 1024, 0);
    const frame = dynamicImport(CLI, 'frame');
    const hash = dynamicImport(frame, 'hash');
    expect(kilobytes(staticImports(CLI))).toBeLessThan(50);
    const forHash = new Set([...staticImports(CLI), ...staticImports(frame), ...staticImports(hash)]);
    expect(kilobytes(forHash)).toBeLessThan(400);
    for (const file of forHash)
      expect(readFileSync(file, 'utf8')).not.toMatch(/ZodType|WebSocketServer|from "piscina"/);
  });

  it('runs from any folder, with paths relative to it', () => {
    const { status, stdout, stderr } = platter('hash', '--guest', 'leaf.vhd');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(/^[0-9a-f]{64} {2}leaf\.vhd\n$/);
  });

  it('writes everything to a slow pipe before it ends', async () => {
    const run = spawn(process.execPath, [CLI, 'map', 'leaf.vhd', '--json'], { cwd: folder });
    const end = ended(run);
    let text = '';
    // nobody reads for a while: the pipe is full long before the document is out
    await new Promise((resolve) => setTimeout(resolve, 400));
    for await (const part of run.stdout.setEncoding('utf8')) text += String(part);
    expect(await end).toEqual({ code: 0, signal: null });
    expect(text.length).toBeGreaterThan(500_000);
    expect((JSON.parse(text) as { runs: unknown[] }).runs.length).toBeGreaterThan(7000);
  });

  it('ends quietly when its reader goes away', async () => {
    const run = spawn(process.execPath, [CLI, 'hex', 'leaf.vhd'], { cwd: folder });
    let err = '';
    run.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
    const end = ended(run);
    run.stdout.once('data', () => run.stdout.destroy());
    expect(await end).toEqual({ code: 0, signal: null });
    expect(err).toBe('');
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('ends with 130 on %s, in the midst of zeros too', async (signal) => {
    const run = spawn(process.execPath, [CLI, 'hash', '--guest', 'huge.vhd', '--progress', 'json'], { cwd: folder });
    let err = '';
    const end = ended(run);
    run.stderr.setEncoding('utf8').on('data', (text: string) => {
      // once: a second one would end it at once, whatever it is at
      if (err === '') run.kill(signal);
      err += text;
    });
    let out = '';
    run.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
    expect(await end).toEqual({ code: 130, signal: null });
    expect(out).toBe('');
    expect(err).toContain('platter: cancelled.');
  });

  it('leaves no trace of colour or progress in a pipe', () => {
    expect(platter('scan', '.').stdout).not.toContain('\x1b');
    expect(platter('inspect', 'leaf.vhd').stderr).toBe('');
  });

  it('ends with the exit code of what happened', () => {
    expect(platter('hash', 'gone').status).toBe(3);
    expect(platter('hash').status).toBe(2);
    expect(platter('nonsense').status).toBe(2);
  });
});

/** The chunk that `file` loads by `import()` for the module `name`. */
function dynamicImport(file: string, name: string): string {
  const found = new RegExp(`import\\("(\\.[^"]*/${name}-[^"/]+\\.js)"\\)`).exec(readFileSync(file, 'utf8'));
  expect(found, `${file} loads ${name}`).not.toBeNull();
  return path.resolve(path.dirname(file), found![1]!);
}

/** A built file and all that is loaded with it. */
function staticImports(file: string, seen = new Set<string>()): Set<string> {
  if (seen.has(file)) return seen;
  seen.add(file);
  for (const [, target] of readFileSync(file, 'utf8').matchAll(/^(?:import|export)\b[^;]*?"(\.[^"]+\.js)"/gm))
    staticImports(path.resolve(path.dirname(file), target!), seen);
  return seen;
}
