import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Bookmarks } from './bookmarks.ts';
import { stateFolder } from './store.ts';

describe('what Platter keeps for itself', () => {
  let folder: string;
  let told: string[];
  const state = (): string => path.join(folder, 'state');
  const bookmarks = (): Bookmarks => new Bookmarks(state(), (message) => told.push(message));
  const mark = (note: string) => ({ id: null, path: '/a.vhd', space: 'guest' as const, at: 512, length: 4, note });
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'platter-store-'));
    told = [];
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('is there again after a restart, for its owner only', async () => {
    const saved = await bookmarks().save(mark('first'));
    expect(await bookmarks().list('/a.vhd')).toEqual([saved]);
    expect(await bookmarks().list('/b.vhd')).toEqual([]);
    expect(await readdir(state())).toEqual(['bookmarks.json']);
    if (process.platform !== 'win32') {
      expect((await stat(path.join(state(), 'bookmarks.json'))).mode & 0o777).toBe(0o600);
      expect((await stat(state())).mode & 0o777).toBe(0o700);
    }
  });

  it('is changed and removed one by one, also all at once', async () => {
    const own = bookmarks();
    const all = await Promise.all(['a', 'b', 'c', 'd'].map((note) => own.save(mark(note))));
    const changed = await own.save({ ...mark('changed'), id: all[1]!.id });
    expect(changed).toMatchObject({ id: all[1]!.id, created: all[1]!.created, note: 'changed' });
    expect(await own.remove(all[0]!.id)).toBe(true);
    expect(await own.remove(all[0]!.id)).toBe(false);
    expect((await bookmarks().list(null)).map(({ note }) => note)).toEqual(['changed', 'c', 'd']);
    await expect(own.save({ ...mark('x'), id: 'unknown' })).rejects.toMatchObject({ code: 'not-found' });
  });

  it('moves a file it cannot understand aside, and says so', async () => {
    await mkdir(state());
    const file = path.join(state(), 'bookmarks.json');
    for (const content of ['{"version":1,"bookm', '{"version":99,"bookmarks":[]}', '[]', '']) {
      await writeFile(file, content);
      expect(await bookmarks().list(null)).toEqual([]);
      await bookmarks().save(mark('new'));
      expect(await bookmarks().list(null)).toHaveLength(1);
    }
    expect(told.filter((message) => message.includes('moved to'))).toHaveLength(4);
    const aside = (await readdir(state())).filter((name) => name.includes('damaged'));
    expect(aside).toHaveLength(4);
    const contents = await Promise.all(aside.map((name) => readFile(path.join(state(), name), 'utf8')));
    expect(contents).toContain('{"version":1,"bookm');
  });

  it('keeps what was there when it cannot be written', async () => {
    if (process.platform === 'win32' || process.getuid?.() === 0) {
      // root may write anywhere: a folder in the file's place stops it just as well
      await mkdir(path.join(state(), 'bookmarks.json'), { recursive: true });
      await expect(bookmarks().save(mark('x'))).rejects.toBeDefined();
      expect(await readdir(state())).toEqual(['bookmarks.json']);
      return;
    }
    await bookmarks().save(mark('kept'));
    await chmod(state(), 0o500);
    await expect(bookmarks().save(mark('x'))).rejects.toBeDefined();
    await chmod(state(), 0o700);
    expect((await bookmarks().list(null)).map(({ note }) => note)).toEqual(['kept']);
  });

  it('lives where the platform says', () => {
    const linux = path.join(homedir(), '.local', 'state', 'platter');
    expect(stateFolder({}, 'linux')).toBe(linux);
    expect(stateFolder({ XDG_STATE_HOME: '/x' }, 'linux')).toBe('/x/platter');
    expect(stateFolder({ XDG_STATE_HOME: 'relative' }, 'linux')).toBe(linux);
    expect(stateFolder({ XDG_STATE_HOME: '/x', PLATTER_STATE: '/own' }, 'linux')).toBe('/own');
    expect(stateFolder({ LOCALAPPDATA: '/local' }, 'win32')).toBe(path.join('/local', 'Platter'));
    expect(stateFolder({}, 'darwin')).toContain('Application Support');
  });
});
