import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { link, mkdir, symlink } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { nodeFiles } from '../../core/io/node/files.ts';
import { nodeWriteFiles } from '../../core/io/node/sink.ts';
import { readSparse } from '../../core/io/sparse.ts';
import { DROP_PROBE } from '../contract/contract.ts';
import { base, child, id, MIB, open, Place, pattern, run, STILL } from './testing/place.ts';

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

describe('evidence', () => {
  let place: Place;
  beforeEach(async () => {
    place = await Place.make();
  });
  afterEach(() => place.remove());

  it('finds a dropped file again by its name, size and ends, in any folder that is served', async () => {
    const image = base(1, [pattern(0)]);
    await place.put('a/same-name.vhd', base(2, [pattern(0)]));
    await place.put('b/c/same-name.vhd', image);
    const services = place.services();
    const dropped = {
      name: 'same-name.vhd',
      size: image.size,
      headSha256: sha256(readSparse(image, 0, DROP_PROBE)),
      tailSha256: sha256(readSparse(image, image.size - DROP_PROBE, DROP_PROBE)),
    };
    const match = (change: Partial<typeof dropped> = {}) =>
      services.handlers['evidence.matchDropped']({ ...dropped, ...change }, STILL);
    expect(await match()).toEqual({ path: place.at('b/c/same-name.vhd') });
    expect(await match({ tailSha256: sha256(Uint8Array.of(1)) })).toEqual({ path: null });
    expect(await match({ size: image.size - 1 })).toEqual({ path: null });
    expect(await match({ name: 'other.vhd' })).toEqual({ path: null });
    // never by a name that leads elsewhere
    expect(await match({ name: '../a/same-name.vhd' })).toEqual({ path: null });
  });

  it('opens only what is served: no path, no link and no way around leads out', async () => {
    const secret = await place.put(path.join(place.outside, 'secret.vhd'), base(1, [pattern(0)]));
    await place.put('inside.vhd', base(2, []));
    await symlink(secret, place.at('link.vhd'));
    await symlink(place.outside, place.at('way-out'));
    await mkdir(`${place.evidence}-beside`);
    const beside = await place.put(path.join(`${place.evidence}-beside`, 'x.vhd'), base(3, []));
    const services = place.services();
    const tries = [
      secret,
      place.outside,
      '/',
      place.folder,
      place.at('../outside/secret.vhd'),
      place.at('link.vhd'),
      place.at('way-out'),
      place.at('way-out/secret.vhd'),
      place.at('way-out/does-not-exist'),
      beside,
    ];
    const refused = { code: 'outside-served-folders' };
    for (const file of tries) {
      const { handlers } = services;
      await expect(
        (async () => handlers['evidence.openPath']({ paths: [file], add: true }, STILL))(),
      ).rejects.toMatchObject(refused);
      await expect((async () => handlers['files.list']({ folder: file }, STILL))()).rejects.toMatchObject(refused);
      await expect((async () => handlers['image.detail']({ path: file }, STILL))()).rejects.toMatchObject(refused);
      await expect((async () => handlers['disk.detail']({ path: file }, STILL))()).rejects.toMatchObject(refused);
      for (const space of ['file', 'guest'] as const) {
        const target = { space, path: file };
        const read = async () => handlers['bytes.read']({ target, at: 0, length: 8 }, STILL);
        await expect(read()).rejects.toMatchObject(refused);
        const input = { target, at: 0, length: 8, algorithms: ['sha256' as const] };
        await expect(run(services, 'bytes.hash', input)).rejects.toMatchObject(refused);
      }
      const { partials } = await run(services, 'findings.check', { paths: [file], deep: true, chain: true });
      expect(JSON.stringify(partials)).toContain('outside-served-folders');
    }
    await open(services, [place.evidence]);
    const { rows } = await services.handlers['chains.snapshot']({}, STILL);
    expect(rows.map(({ name }) => name)).toEqual(['inside.vhd']);
  });

  it('follows no parent out of the served folders, whatever the image says', async () => {
    const parent = await place.put(path.join(place.outside, 'base.vhd'), base(1, [pattern(0)]));
    const locators = [{ code: 'MacX', text: `file://${parent}` }];
    const image = child(2, { id: id(1), name: 'base.vhd' }, [], {
      parent: { id: id(1), name: parent, timeStamp: 0, locators },
    });
    await place.put('leaf.vhd', image);
    const served = place.services();
    await open(served, [place.evidence]);
    const detail = await served.handlers['image.detail']({ path: place.at('leaf.vhd') }, STILL);
    expect(detail.row.verdict).toBe('missing');
    expect((await served.handlers['disk.detail']({ path: place.at('leaf.vhd') }, STILL)).incomplete).toBe(true);
    // the desktop window may look everywhere
    const free = place.services({ host: 'electron', served: null });
    await open(free, [place.evidence]);
    expect((await free.handlers['image.detail']({ path: place.at('leaf.vhd') }, STILL)).row.verdict).toBe('ok');
    expect((await free.handlers['disk.detail']({ path: place.at('leaf.vhd') }, STILL)).owners).toHaveLength(2);
  });

  it('opens a served folder that is itself reached by a link, and links that stay inside', async () => {
    await place.put('disk.vhd', base(1, []));
    const door = path.join(place.folder, 'door');
    await symlink(place.evidence, door);
    await symlink('disk.vhd', place.at('alias.vhd'));
    const services = place.services({ served: [door] });
    expect(await open(services, [door])).toMatchObject({ images: 1 });
    expect(await open(services, [path.join(door, 'alias.vhd')])).toMatchObject({ images: 1 });
  });

  it('opens no pipe, and says that a path leads nowhere', async () => {
    const services = place.services();
    const call = async (file: string) => services.handlers['evidence.openPath']({ paths: [file], add: false }, STILL);
    await expect(call(place.at('nothing.vhd'))).rejects.toMatchObject({ code: 'not-found' });
    if (process.platform === 'win32') return;
    execFileSync('mkfifo', [place.at('pipe.vhd')]);
    await expect(call(place.at('pipe.vhd'))).rejects.toMatchObject({ code: 'special-file' });
    expect(await open(services, [place.evidence])).toMatchObject({ images: 0 });
  });

  it('lists folders for the page, and no way up from a served one', async () => {
    await place.put('sub/disk.vhd', base(1, []));
    await place.put('notes.txt', 'text');
    const services = place.services();
    const top = await services.handlers['files.list']({ folder: null }, STILL);
    expect(top.entries.map(({ path: at }) => at)).toEqual([place.evidence]);
    const folder = await services.handlers['files.list']({ folder: place.evidence }, STILL);
    expect(folder).toMatchObject({ parent: null });
    expect(folder.entries.map(({ name, kind, image }) => [name, kind, image])).toEqual([
      ['sub', 'folder', false],
      ['notes.txt', 'file', false],
    ]);
    const sub = await services.handlers['files.list']({ folder: place.at('sub') }, STILL);
    expect(sub).toMatchObject({ parent: place.evidence, entries: [{ name: 'disk.vhd', image: true }] });
  });

  it('opens the sample case, also where only one folder is served', async () => {
    const services = place.services();
    const state = await services.handlers['evidence.openSample']({}, STILL);
    if (state.scanning !== null) await services.jobs.result(state.scanning);
    const { rows } = await services.handlers['chains.snapshot']({}, STILL);
    expect(rows.length).toBeGreaterThan(8);
    const first = rows[0]!;
    expect((await services.handlers['image.detail']({ path: first.path }, STILL)).row).toMatchObject({
      name: first.name,
    });
  }, 60_000);

  it('takes two names of one file for one image in the tree', async () => {
    await place.put('real/base.vhd', base(1, []));
    await link(place.at('real/base.vhd'), place.at('base.vhd'));
    await place.put('real/leaf.vhd', child(2, { id: id(1), name: 'base.vhd' }, []));
    const services = place.services();
    await open(services, [place.evidence]);
    const { rows } = await services.handlers['chains.snapshot']({}, STILL);
    expect(rows.find(({ name }) => name === 'leaf.vhd')).toMatchObject({
      verdict: 'ok',
      parent: place.at('real/base.vhd'),
    });
    expect(rows).toHaveLength(3);
  });

  it('plans no repair with what lies outside, and opens nothing there', async () => {
    const parent = await place.put(path.join(place.outside, 'base.vhd'), base(1, [pattern(0)]));
    const image = child(2, { id: id(1), name: 'base.vhd' }, [pattern(4)], {
      parent: { id: id(1), name: parent, timeStamp: 0, locators: [{ code: 'MacX', text: `file://${parent}` }] },
    });
    const leaf = await place.put('leaf.vhd', image);
    const opened: string[] = [];
    const open = vi.spyOn(nodeWriteFiles, 'open').mockImplementation((file) => {
      opened.push(file);
      return nodeFiles.open(file);
    });
    try {
      const { plan } = await place.services().handlers['repair.plan']({ path: leaf, strategies: null }, STILL);
      expect(plan.findingsBefore.map(({ code }) => code)).toContain('parent.missing');
      expect(opened).toContain(leaf);
      expect(opened.filter((file) => !file.startsWith(place.evidence) && !file.startsWith(place.state))).toEqual([]);
    } finally {
      open.mockRestore();
    }
  });

  it('tells what vhd-util says where the host can, and refuses where it cannot', async () => {
    await place.put('disk.vhd', base(1, [pattern(0)]));
    const asked: string[] = [];
    const vhdUtilCheck = (file: string) => {
      asked.push(file);
      return Promise.resolve({ exitCode: 0, text: 'disk.vhd is valid\n' });
    };
    const services = place.services({ vhdUtilCheck });
    const file = place.at('disk.vhd');
    expect(await services.handlers['image.vhdUtilCheck']({ path: file }, STILL)).toMatchObject({ exitCode: 0 });
    const outside = async () => services.handlers['image.vhdUtilCheck']({ path: '/etc/hostname' }, STILL);
    await expect(outside()).rejects.toMatchObject({ code: 'outside-served-folders' });
    expect(asked).toEqual([file]);
    const without = async () => place.services().handlers['image.vhdUtilCheck']({ path: file }, STILL);
    await expect(without()).rejects.toMatchObject({ code: 'unsupported' });
  });

  it('reads only metadata of a disk of 2 TiB', async () => {
    const size = 2040 * 1024 * MIB;
    const image = base(1, [pattern(0), pattern(size / 512 - 1)], { virtualSize: size });
    await place.put('huge.vhd', image);
    const services = place.services();
    await open(services, [place.evidence]);
    const target = { space: 'guest' as const, path: place.at('huge.vhd') };
    const { bytes } = await services.handlers['bytes.read']({ target, at: size - 512, length: 512 }, STILL);
    expect(bytes.some((byte) => byte !== 0)).toBe(true);
  });
});
