// npm start [-- PATH…]: builds what is stale, then opens the window; where no window can be had, the same screens in a browser.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { buildIfStale } from './build.mjs';
import { callersFolder } from './caller.mjs';
import { electronBinary, fetchElectron, noWindowReason } from './electron.mjs';
import { root } from './entries.mjs';

const folder = callersFolder('start');
const args = process.argv.slice(2);
if ((await buildIfStale({ nodeOnly: false })) !== 0) {
  process.stderr.write('platter: the build failed\n');
  process.exit(70);
}
process.chdir(folder);

const reason = (await openWindow()) ?? undefined;
if (reason !== undefined) {
  process.stderr.write(`No window: ${reason}. Serving the same screens to your browser.\n`);
  const program = join(root, 'dist', 'start.js');
  if (!existsSync(program)) {
    process.stderr.write('platter: dist/start.js was not built\n');
    process.exit(70);
  }
  process.argv = [process.argv[0], program, ...args, '--open'];
  await import(pathToFileURL(program).href);
}

/** Runs Electron until it ends, and exits with it; answers why not when it could not open. */
async function openWindow() {
  const blocked = noWindowReason();
  if (blocked !== undefined) return blocked;
  const entry = join(root, 'dist', 'electron', 'main.js');
  if (!existsSync(entry)) return 'dist/electron/main.js was not built';
  if (electronBinary() === undefined) process.stderr.write("Fetching Electron's binary (once, up to 20 s)\n");
  const binary = await fetchElectron();
  if (binary === undefined) return "Electron's binary is not installed and could not be fetched";

  const began = Date.now();
  const child = spawn(binary, [entry, ...args], { stdio: 'inherit' });
  const pass = (signal) => () => child.kill(signal);
  const passed = ['SIGINT', 'SIGTERM', 'SIGHUP'].map((signal) => [signal, pass(signal)]);
  for (const [signal, listener] of passed) process.on(signal, listener);
  const [code, signal] = await new Promise((resolve) => {
    child.once('error', () => resolve([-1, null]));
    child.once('exit', (...end) => resolve(end));
  });
  for (const [name, listener] of passed) process.off(name, listener);
  // A missing library, or a kernel that forbids the sandbox, ends Electron at once, by a crash or with 127.
  const crashed = code === -1 || code === 127 || signal === 'SIGTRAP' || signal === 'SIGABRT' || signal === 'SIGSEGV';
  if (crashed && Date.now() - began < 5000) return 'Electron could not start on this machine';
  process.exit(code ?? 1);
}
