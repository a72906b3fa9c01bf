import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hasBrowser, openBrowser } from './browser.ts';

describe('opening the browser', () => {
  let state: string;
  beforeEach(async () => {
    state = path.join(await mkdtemp(path.join(tmpdir(), 'platter-browser-')), 'state');
  });
  afterEach(() => rm(path.dirname(state), { recursive: true, force: true }));

  it('shows the token to no list of processes: a file leads to it that only this user can read', async () => {
    const address = 'http://127.0.0.1:4321/?token=abc';
    const launched: string[] = [];
    const opened = await openBrowser(address, state, (url) => launched.push(url));
    expect(launched).toHaveLength(1);
    expect(launched[0]).not.toContain('abc');
    const file = fileURLToPath(launched[0] ?? '');
    expect(await readFile(file, 'utf8')).toContain(`content="0;url=${address}"`);
    if (process.platform !== 'win32') {
      expect((await stat(file)).mode & 0o777).toBe(0o600);
      expect((await stat(state)).mode & 0o777).toBe(0o700);
    }
    await opened?.cleanUp();
    expect(await readdir(state)).toEqual([]);
  });

  it('never fails', async () => {
    const broken = (): void => {
      throw new Error('no such program');
    };
    expect(await openBrowser('http://127.0.0.1:1/', state, broken)).toBeNull();
    expect(await openBrowser('http://127.0.0.1:1/', '/dev/null/nowhere', () => {})).toBeNull();
  });

  it('is left alone where nobody would see it', () => {
    expect(hasBrowser({}, 'linux')).toBe(false);
    expect(hasBrowser({ DISPLAY: ':0' }, 'linux')).toBe(true);
    expect(hasBrowser({ WAYLAND_DISPLAY: 'wayland-0' }, 'linux')).toBe(true);
    expect(hasBrowser({ DISPLAY: ':0', CI: 'true' }, 'linux')).toBe(false);
    expect(hasBrowser({}, 'darwin')).toBe(true);
    expect(hasBrowser({ CI: '1' }, 'win32')).toBe(false);
  });
});
