import { readdir, readlink } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { patternSectors } from '../../core/formats/vhd/build/pattern.ts';
import { setBatEntry } from '../../core/testing/damage.ts';
import type { ByteRun, MapCell } from '../contract/types.ts';
import { base, child, id, MIB, open, Place, pattern, run, STILL } from './testing/place.ts';

describe('disks', () => {
  let place: Place;
  beforeEach(async () => {
    place = await Place.make();
  });
  afterEach(() => place.remove());

  const chain = async () => {
    await place.put('base.vhd', base(1, [pattern(0), pattern(4096), pattern(8192, 4096)]));
    await place.put('leaf.vhd', child(2, { id: id(1), name: 'base.vhd' }, [pattern(4097), pattern(12288, 4096)]));
    const services = place.services();
    await open(services, [place.evidence]);
    const path = place.at('leaf.vhd');
    return { services, path, target: { space: 'guest' as const, path } };
  };

  it('give the bytes of a chain with who holds each run', async () => {
    const { services, target } = await chain();
    const at = 4096 * 512;
    const { bytes, runs, size } = await services.handlers['bytes.read']({ target, at, length: 3 * 512 }, STILL);
    expect(size).toBe(24 * MIB);
    expect(Buffer.from(bytes.subarray(0, 512))).toEqual(Buffer.from(patternSectors(4097, 4096, 1)));
    const brief = ({ at: from, length, state, owner }: ByteRun): unknown => [from - at, length, state, owner];
    expect(runs.map(brief)).toEqual([
      [0, 512, 'data', 1],
      [512, 512, 'data', 0],
      [1024, 512, 'zero', null],
    ]);
    const detail = await services.handlers['disk.detail']({ path: target.path }, STILL);
    expect(detail).toMatchObject({ size: 24 * MIB, incomplete: false, blockSize: 2 * MIB, blocks: 12 });
    expect(detail.owners.map(({ name, role }) => [name, role])).toEqual([
      ['leaf.vhd', 'leaf'],
      ['base.vhd', 'base'],
    ]);
  });

  it('give the bytes of a file, up to its end', async () => {
    const { services, path } = await chain();
    const target = { space: 'file' as const, path };
    const { bytes, size, runs } = await services.handlers['bytes.read']({ target, at: 0, length: 8 }, STILL);
    expect(Buffer.from(bytes).toString()).toBe('conectix');
    expect(runs).toEqual([]);
    const last = await services.handlers['bytes.read']({ target, at: size - 4, length: 4096 }, STILL);
    expect(last.bytes).toHaveLength(4);
    expect((await services.handlers['bytes.read']({ target, at: size + 10, length: 4 }, STILL)).bytes).toHaveLength(0);
  });

  it('map blocks to owners, exactly where bitmaps may be read', async () => {
    const { services, path } = await chain();
    const { cells } = await services.handlers['disk.map']({ path, from: 0, to: 12, per: 1 }, STILL);
    const brief = ({ block, owner, state }: MapCell): unknown => [block, owner, state];
    expect(cells.slice(0, 5).map(brief)).toEqual([
      [0, 1, 'part'],
      [1, 0, 'part'],
      [2, 1, 'full'],
      [3, 0, 'full'],
      [4, null, 'none'],
    ]);
    const grouped = await services.handlers['disk.map']({ path, from: 2, to: 6, per: 2 }, STILL);
    expect(grouped.cells.map(brief)).toEqual([
      [2, 0, 'full'],
      [4, null, 'none'],
    ]);
  });

  it('map a large disk without reading its bitmaps: allocated counts as held', async () => {
    const size = 16 * 1024 * MIB;
    const writes = Array.from({ length: 5000 }, (_, index) => pattern(index * 4096));
    await place.put('big.vhd', base(3, writes, { virtualSize: size }));
    const services = place.services();
    const path = place.at('big.vhd');
    const all = await services.handlers['disk.map']({ path, from: 0, to: 8192, per: 8 }, STILL);
    expect(all.cells[0]).toEqual({ block: 0, owner: 0, state: 'full' });
    expect(all.cells.at(-1)).toEqual({ block: 8184, owner: null, state: 'none' });
    const few = await services.handlers['disk.map']({ path, from: 0, to: 8, per: 8 }, STILL);
    expect(few.cells).toEqual([{ block: 0, owner: 0, state: 'part' }]);
    const many = services.handlers['disk.map']({ path, from: 0, to: 2 ** 40, per: 1 }, STILL);
    expect((await many).cells).toHaveLength(8192);
  });

  it('refuse more cells or runs than a page can want', async () => {
    await place.put('huge.vhd', base(3, [], { virtualSize: 2040 * 1024 * MIB }));
    const services = place.services();
    const path = place.at('huge.vhd');
    const cells = async () => services.handlers['disk.map']({ path, from: 0, to: 1_044_480, per: 1 }, STILL);
    await expect(cells()).rejects.toMatchObject({ code: 'too-large' });
    const runs = async () => services.handlers['disk.runs']({ path, at: 0, length: 2 ** 30 }, STILL);
    await expect(runs()).rejects.toMatchObject({ code: 'too-large' });
    expect((await services.handlers['disk.map']({ path, from: 0, to: 1_044_480, per: 100 }, STILL)).cells).toHaveLength(
      10445,
    );
  });

  it('show a missing parent as holes, and say why', async () => {
    await place.put('orphan.vhd', child(2, { id: id(9), name: 'lost.vhd' }, [pattern(0, 4096)]));
    const services = place.services();
    await open(services, [place.evidence]);
    const path = place.at('orphan.vhd');
    const detail = await services.handlers['disk.detail']({ path }, STILL);
    expect(detail).toMatchObject({ incomplete: true, incompleteWhy: 'The parent lost.vhd of orphan.vhd is missing.' });
    const { runs, bytes } = await services.handlers['bytes.read'](
      { target: { space: 'guest', path }, at: 2 * MIB - 512, length: 1024 },
      STILL,
    );
    expect(runs.map(({ state }) => state)).toEqual(['data', 'hole']);
    expect(bytes.subarray(512).every((byte) => byte === 0)).toBe(true);
    const { cells } = await services.handlers['disk.map']({ path, from: 0, to: 2, per: 1 }, STILL);
    expect(cells.map(({ state }) => state)).toEqual(['full', 'hole']);
    const input = { target: { space: 'guest' as const, path }, at: 0, length: null, algorithms: ['sha256' as const] };
    await expect(run(services, 'bytes.hash', input)).rejects.toMatchObject({ code: 'parent-missing' });
  });

  it('never read through a parent of another id', async () => {
    await place.put('base.vhd', base(7, [pattern(0)]));
    await place.put('leaf.vhd', child(2, { id: id(1), name: 'base.vhd' }, []));
    const services = place.services();
    const { incomplete, incompleteWhy } = await services.handlers['disk.detail']({ path: place.at('leaf.vhd') }, STILL);
    expect(incomplete).toBe(true);
    expect(incompleteWhy).toMatch(/not the right one/);
  });

  it('mark blocks whose bytes are not in the file', async () => {
    await place.put('disk.vhd', setBatEntry(base(1, [pattern(0), pattern(4096)]), 1, 0x7000_0000));
    const services = place.services();
    const { cells } = await services.handlers['disk.map'](
      { path: place.at('disk.vhd'), from: 0, to: 3, per: 1 },
      STILL,
    );
    expect(cells.map(({ state }) => state)).toEqual(['part', 'lost', 'none']);
  });

  it('are searched through the chain, with context and progress', async () => {
    const needle = { sector: 4097, bytes: new Uint8Array(Buffer.from('xx peterparker xx')) };
    await place.put('base.vhd', base(1, [pattern(0)]));
    await place.put('leaf.vhd', child(2, { id: id(1), name: 'base.vhd' }, [needle]));
    const services = place.services();
    await open(services, [place.evidence]);
    const { result, partials, info } = await run(services, 'bytes.search', {
      target: { space: 'guest', path: place.at('leaf.vhd') },
      pattern: { kind: 'text', text: 'PeterParker', encodings: ['ascii'], ignoreCase: true },
      from: 0,
      to: null,
      limit: 10,
    });
    expect(result).toEqual({ hits: 1, capped: false, skippedHoles: 0 });
    expect(partials).toMatchObject([{ at: 4097 * 512 + 3, length: 11 }]);
    expect(info).toMatchObject({ state: 'done', partials: 1, title: 'Search the disk of leaf.vhd' });
    expect(info.progress).toMatchObject({ done: 24 * MIB, total: 24 * MIB, unit: 'bytes' });
  });

  // counted in /proc
  it.runIf(process.platform === 'linux')(
    'keep few files open, however many are looked at, and none when closed',
    async () => {
      const openHere = async () => {
        const fds = await readdir('/proc/self/fd');
        const links = await Promise.all(fds.map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')));
        return links.filter((link) => link.startsWith(place.folder)).length;
      };
      for (let index = 0; index < 40; index += 1) await place.put(`${index}.vhd`, base(index + 1, []));
      const services = place.services();
      await open(services, [place.evidence]);
      for (let index = 0; index < 40; index += 1) {
        const path = place.at(`${index}.vhd`);
        await services.handlers['bytes.read']({ target: { space: 'file', path }, at: 0, length: 1 }, STILL);
        await services.handlers['bytes.read']({ target: { space: 'guest', path }, at: 0, length: 1 }, STILL);
      }
      expect(await openHere()).toBeLessThanOrEqual(24);
      await services.close();
      expect(await openHere()).toBe(0);
    },
  );
});
