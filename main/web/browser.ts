import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
// A page of our own in our own folder, so that the token shows in no list of processes.
// eslint-disable-next-line no-restricted-imports
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

/** Milliseconds after which the redirect file goes, used or not. */
const LEAVE = 30_000;

/** Whether there is anybody to open a browser for. */
export function hasBrowser(env: NodeJS.ProcessEnv = process.env, platform: string = process.platform): boolean {
  if (env.CI !== undefined && env.CI !== '' && env.CI !== 'false') return false;
  if (platform === 'win32' || platform === 'darwin') return true;
  return (env.DISPLAY ?? '') !== '' || (env.WAYLAND_DISPLAY ?? '') !== '';
}

/** Opens the default browser at `address` through a file that only this user can read; does nothing where it cannot. */
export async function openBrowser(
  address: string,
  state: string,
  launch: (url: string) => void = start,
): Promise<{ cleanUp(): Promise<void> } | null> {
  const file = path.join(state, `open-${randomBytes(8).toString('hex')}.html`);
  try {
    await mkdir(state, { recursive: true, mode: 0o700 });
    const html = `<!doctype html><meta charset="utf-8"><title>Platter</title><meta http-equiv="refresh" content="0;url=${address}">`;
    await writeFile(file, html, { mode: 0o600, flag: 'wx' });
    launch(pathToFileURL(file).href);
  } catch {
    // the address was printed too
    return null;
  }
  const cleanUp = (): Promise<void> => rm(file, { force: true }).catch(() => {});
  setTimeout(() => void cleanUp(), LEAVE).unref();
  return { cleanUp };
}

function start(url: string): void {
  const [command, args]: [string, string[]] =
    process.platform === 'win32'
      ? ['rundll32', ['url.dll,FileProtocolHandler', url]]
      : [process.platform === 'darwin' ? 'open' : 'xdg-open', [url]];
  const child = spawn(command, args, { stdio: 'ignore', detached: true });
  child.on('error', () => {});
  child.unref();
}
