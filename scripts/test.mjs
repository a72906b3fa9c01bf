// npm test: every check, each with its time; stops at the first failure and shows its output.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './entries.mjs';

const bin = (name, ...args) => [join(root, 'node_modules', '.bin', name), args];
const node = (...args) => [process.execPath, args];
const present = (...paths) => paths.filter((path) => existsSync(join(root, path)));

/** The checks run two at a time, the rest one after another. `shown` steps print as they go. */
const checks = [
  ['lint', bin('eslint', '.')],
  ['types: neutral', bin('tsc', '-p', 'tsconfig.neutral.json')],
  ['types: node', bin('tsc', '-p', 'tsconfig.node.json')],
  ['types: renderer', bin('tsc', '-p', 'renderer/tsconfig.json')],
  ['format', bin('biome', 'check', '.')],
  [
    'layers',
    bin('depcruise', '--config', '.dependency-cruiser.cjs', ...present('core', 'app', 'main', 'renderer', 'e2e')),
  ],
  ['dead code', bin('knip')],
];
const rest = [
  ['build', node('scripts/build.mjs', '--if-stale')],
  ['unit, contract and transcripts', bin('vitest', 'run'), 'shown'],
  ['end to end', bin('playwright', 'test'), 'shown'],
];

const began = Date.now();
const seconds = (since) => `${((Date.now() - since) / 1000).toFixed(1)} s`;
const running = new Set();
let failed = false;

function run([name, [command, args], shown]) {
  const since = Date.now();
  if (shown) console.log(`— ${name}`);
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: root,
      stdio: ['ignore', shown ? 'inherit' : 'pipe', shown ? 'inherit' : 'pipe'],
      shell: process.platform === 'win32',
    });
    running.add(child);
    const output = [];
    child.stdout?.on('data', (data) => output.push(data));
    child.stderr?.on('data', (data) => output.push(data));
    const end = (ok) => {
      running.delete(child);
      if (failed) return resolve(false); // another step failed first and has been shown
      if (!ok) failed = true;
      if (!ok) process.stdout.write(Buffer.concat(output));
      console.log(`${ok ? 'ok  ' : 'FAIL'}  ${name}  ${seconds(since)}`);
      resolve(ok);
    };
    child.once('error', (error) => {
      output.push(Buffer.from(`${error.message}\n`));
      end(false);
    });
    child.once('close', (code) => end(code === 0));
  });
}

async function lane(queue) {
  while (!failed) {
    const step = queue.shift();
    if (step === undefined) return;
    if (!(await run(step))) for (const other of running) other.kill();
  }
}

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => {
    failed = true;
    for (const child of running) child.kill(signal);
    process.exitCode = 130;
  });
}

const count = checks.length + rest.length;
const queue = [...checks];
await Promise.all([lane(queue), lane(queue)]);
await lane([...rest]);
console.log(
  failed ? `npm test: failed after ${seconds(began)}` : `npm test: all ${count} steps passed in ${seconds(began)}`,
);
if (failed) process.exitCode ||= 1;
