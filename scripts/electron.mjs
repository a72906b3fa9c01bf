// Where Electron's binary is, found without importing the package: importing it outside Electron starts a download.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './entries.mjs';

const folder = join(root, 'node_modules', 'electron');
const failedMark = join(root, 'node_modules', '.cache', 'platter', 'electron-failed');
const day = 24 * 3_600_000;

/** The executable, or undefined when npm's package has not brought it. */
export function electronBinary() {
  try {
    const name = readFileSync(join(folder, 'path.txt'), 'utf8').trim();
    const path = join(process.env['ELECTRON_OVERRIDE_DIST_PATH'] ?? join(folder, 'dist'), name);
    return name !== '' && existsSync(path) ? path : undefined;
  } catch {
    return undefined;
  }
}

/** Why a window cannot open here whatever is installed; undefined when it can. */
export function noWindowReason() {
  if (process.env['PLATTER_NO_ELECTRON'] === '1') return 'PLATTER_NO_ELECTRON is set';
  if (process.platform !== 'linux') return undefined;
  if (!process.env['DISPLAY'] && !process.env['WAYLAND_DISPLAY']) return 'there is no display';
  if (process.getuid() === 0) return 'Electron does not run as root with its sandbox on';
  return undefined;
}

/** Has Electron's own installer fetch the binary, for 20 seconds at most; a failure is remembered for a day. */
export async function fetchElectron() {
  const present = electronBinary();
  if (present !== undefined) return present;
  const installer = join(folder, 'install.js');
  if (!existsSync(installer)) return undefined;
  const mark = statSync(failedMark, { throwIfNoEntry: false });
  if (mark !== undefined && Date.now() - mark.mtimeMs < day) return undefined;
  await new Promise((resolve) => {
    const child = spawn(process.execPath, [installer], { cwd: folder, stdio: 'ignore' });
    const timer = setTimeout(() => child.kill('SIGKILL'), 20_000);
    const end = () => {
      clearTimeout(timer);
      resolve(undefined);
    };
    child.once('error', end);
    child.once('exit', end);
  });
  const binary = electronBinary();
  if (binary === undefined) {
    mkdirSync(join(failedMark, '..'), { recursive: true });
    writeFileSync(failedMark, '');
  } else {
    rmSync(failedMark, { force: true });
  }
  return binary;
}
