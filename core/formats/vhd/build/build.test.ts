import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { readSparse } from '../../../io/sparse.ts';
import { NIL_UUID } from '../../../structure/codecs.ts';
import { SparseSource } from '../../../testing/sparse-source.ts';
import { bitmapHas, countSet } from '../bitmap.ts';
import { readVhd } from '../read.ts';
import { buildVhd } from './build.ts';
import { patternSectors } from './pattern.ts';
import { type BuiltVhd, CREATORS, type LocatorSpec, type VhdSpec } from './spec.ts';

const KIB = 1024;
const MIB = 1024 * KIB;
const GIB = 1024 * MIB;
const TIB = 1024 * GIB;

const DYNAMIC: VhdSpec = {
  kind: 'dynamic',
  virtualSize: 24 * MIB,
  id: '79227547-2691-4832-a2b3-76e1cd637fa7',
  timeStamp: 762_948_420,
};
const FIXED: VhdSpec = { ...DYNAMIC, kind: 'fixed' };
const PARENT = { id: 'e7011a57-f8ec-49fd-a2ba-e22e86245f90', name: 'snap1.vhd', timeStamp: 762_951_540 };
const CHILD: VhdSpec = { ...DYNAMIC, kind: 'differencing', parent: PARENT };

const read = (image: BuiltVhd) => readVhd(new SparseSource(image));
const text = (image: BuiltVhd, at: number, length: number) => String.fromCharCode(...readSparse(image, at, length));
const number = (image: BuiltVhd, at: number) => new DataView(readSparse(image, at, 4).buffer).getUint32(0);
const sha256 = (image: BuiltVhd) =>
  createHash('sha256')
    .update(readSparse(image, 0, image.size))
    .digest('hex');

describe('against files that vhd-util wrote', () => {
  it('gives the same bytes for a dynamic disk', () => {
    const image = buildVhd({
      ...DYNAMIC,
      writes: [
        { sector: 0, count: 3, seed: 168_939_032 },
        { sector: 49_150, count: 2, seed: 168_939_032 },
      ],
    });
    expect(sha256(image)).toBe('adb5505e498cb73b06c116292ce2f04c36da4d9e4d8bef6905d36a290b08c64e');
  });

  it('gives the same bytes for a child, with its three locators', () => {
    const image = buildVhd({
      ...CHILD,
      id: '3a3cb54b-fb6e-472e-b0e8-d050482bf52f',
      timeStamp: 762_951_600,
      writes: [
        { sector: 15_783, count: 116, seed: 168_939_010 },
        { sector: 6896, count: 131, seed: 168_939_010 },
        { sector: 15_868, count: 173, seed: 168_939_010 },
      ],
    });
    expect(sha256(image)).toBe('d5987297bef6e30c8b6ac5948d802d08a70f0d80383f1a4df1de3d8ff51a0f02');
  });
});

describe('a dynamic disk', () => {
  it('has every structure where it belongs, with right checksums', async () => {
    const image = buildVhd({ ...DYNAMIC, writes: [{ sector: 4096, count: 1, seed: 1 }] });
    expect(text(image, 0, 8)).toBe('conectix');
    expect(text(image, 512, 8)).toBe('cxsparse');
    expect(text(image, 2048, 8)).toBe('tdbatmap');
    expect(text(image, image.size - 512, 8)).toBe('conectix');
    expect(readSparse(image, 0, 512)).toEqual(readSparse(image, image.size - 512, 512));
    expect(number(image, 1536)).toBe(0xffff_ffff);
    expect(number(image, 1540)).toBe(7);

    const vhd = await read(image);
    expect(vhd.footer).toMatchObject({ place: 'end', checksumOk: true, length: 512 });
    expect(vhd.footers.copy).toMatchObject({ checksumOk: true });
    expect(vhd.header).toMatchObject({ at: 512, checksumOk: true, usable: true });
    expect(vhd.batmap).toMatchObject({ at: 2048, cookieOk: true, checksumOk: true });
    expect(vhd).toMatchObject({ kind: 'dynamic', blocks: 12, virtualSize: 24 * MIB });
    expect(vhd.footer?.value).toMatchObject({
      features: 2,
      dataOffset: 512n,
      currentSize: BigInt(24 * MIB),
      originalSize: BigInt(24 * MIB),
      diskGeometry: { cylinders: 722, heads: 4, sectors: 17 },
      savedState: 0,
      hidden: 0,
    });
  });

  it('starts the data of every block on 4 KiB, right behind its bitmap, and reaches to the footer', () => {
    const image = buildVhd({
      ...DYNAMIC,
      writes: [0, 20_000, 49_151].map((sector) => ({ sector, count: 1, seed: 1 })),
    });
    const places = [...image.places.blocks.values()];
    expect(places).toHaveLength(3);
    for (const { bitmapAt, dataAt } of places) {
      expect(dataAt % 4096).toBe(0);
      expect(dataAt - bitmapAt).toBe(512);
    }
    expect(image.places.footerAt).toBe((places[2]?.dataAt ?? 0) + 2 * MIB);
    expect(image.size).toBe(image.places.footerAt + 512);
  });

  it('marks in each bitmap exactly the sectors written, across the edge of a block', () => {
    const image = buildVhd({ ...DYNAMIC, writes: [{ sector: 4090, count: 10, seed: 7 }] });
    const [first, second] = [image.places.blocks.get(0), image.places.blocks.get(1)];
    const bitmap0 = readSparse(image, first?.bitmapAt ?? 0, 512);
    const bitmap1 = readSparse(image, second?.bitmapAt ?? 0, 512);
    expect([countSet(bitmap0, 4096), countSet(bitmap1, 4096)]).toEqual([6, 4]);
    expect([bitmapHas(bitmap0, 4089), bitmapHas(bitmap0, 4090), bitmapHas(bitmap1, 3)]).toEqual([false, true, true]);
    expect(readSparse(image, (first?.dataAt ?? 0) + 4090 * 512, 6 * 512)).toEqual(patternSectors(7, 4090, 6));
    expect(readSparse(image, second?.dataAt ?? 0, 4 * 512)).toEqual(patternSectors(7, 4096, 4));
  });

  it('lets later writes win, and zeros too', () => {
    const image = buildVhd({
      ...DYNAMIC,
      writes: [
        { sector: 0, count: 8, seed: 1 },
        { sector: 2, bytes: Uint8Array.of(1, 2, 3) },
        { sector: 4, count: 2, zeros: true },
      ],
    });
    const { bitmapAt, dataAt } = image.places.blocks.get(0) ?? { bitmapAt: 0, dataAt: 0 };
    expect(readSparse(image, dataAt + 512, 512)).toEqual(patternSectors(1, 1, 1));
    expect([...readSparse(image, dataAt + 2 * 512, 5)]).toEqual([1, 2, 3, 0, 0]);
    expect(readSparse(image, dataAt + 4 * 512, 1024).every((byte) => byte === 0)).toBe(true);
    expect(readSparse(image, dataAt + 6 * 512, 512)).toEqual(patternSectors(1, 6, 1));
    expect(readSparse(image, bitmapAt, 2)).toEqual(Uint8Array.of(0xff, 0));
  });

  it('marks full blocks in the batmap, and only those', async () => {
    const vhd = await read(
      buildVhd({
        ...DYNAMIC,
        writes: [
          { sector: 0, count: 4095, seed: 1 },
          { sector: 9 * 4096, count: 2 * 4096, zeros: true },
        ],
      }),
    );
    expect([...(vhd.batmap?.map?.bytes.subarray(0, 3) ?? [])]).toEqual([0, 0b0110_0000, 0]);
  });

  it.each([512 * KIB, MIB, 4 * MIB, 32 * MIB, 256 * MIB])('takes blocks of %i bytes', async (blockSize) => {
    const virtualSize = 2 * blockSize + 1536;
    const last = virtualSize / 512 - 1;
    const image = buildVhd({ ...DYNAMIC, virtualSize, blockSize, writes: [{ sector: last, count: 1, seed: 3 }] });
    const vhd = await read(image);
    expect(vhd).toMatchObject({ blocks: 3, virtualSize, bitmapBytes: Math.max(512, blockSize / 4096) });
    const { bitmapAt, dataAt } = image.places.blocks.get(2) ?? { bitmapAt: 0, dataAt: 0 };
    expect(vhd.bat?.entries[2]).toBe(bitmapAt / 512);
    expect(dataAt - bitmapAt).toBe(vhd.bitmapBytes);
    expect(dataAt % 4096).toBe(0);
    expect(readSparse(image, dataAt + 2 * 512, 512)).toEqual(patternSectors(3, last, 1));
  });

  it('reaches beyond 2 TiB, and costs what is written', async () => {
    const virtualSize = 3 * TIB + 512;
    const image = buildVhd({ ...DYNAMIC, virtualSize, writes: [{ sector: virtualSize / 512 - 1, count: 1, seed: 1 }] });
    const vhd = await read(image);
    expect(vhd.virtualSize).toBe(virtualSize);
    expect(vhd.bat?.entries.length).toBe(1_572_865);
    expect(vhd.batmap?.checksumOk).toBe(true);
    expect(vhd.bat?.entries[1_572_864]).toBe((image.places.blocks.get(1_572_864)?.bitmapAt ?? 0) / 512);
    expect(image.extents.reduce((sum, { bytes }) => sum + bytes.length, 0)).toBeLessThan(8 * MIB);
  });

  it('puts header, table and blocks where it is told, in the order it is told', async () => {
    const image = buildVhd({
      ...DYNAMIC,
      creator: CREATORS.hyperV,
      headerAt: 1024,
      tableAt: 4096,
      tableEntries: 200,
      dataAlign: 64 * KIB,
      blockOrder: [5, 2],
      writes: [{ sector: 0, count: 1, seed: 1 }],
    });
    const vhd = await read(image);
    expect(vhd.header).toMatchObject({ at: 1024, usable: true });
    expect(vhd.bat).toMatchObject({ at: 4096, promised: 200 });
    expect(vhd.batmap).toBeNull();
    expect([...image.places.blocks.keys()]).toEqual([5, 2, 0]);
    expect(image.places.blocks.get(5)?.dataAt).toBe(64 * KIB);
    expect(readSparse(image, image.places.blocks.get(5)?.bitmapAt ?? 0, 512).every((byte) => byte === 0)).toBe(true);
  });

  it('makes XenServer’s batmap as asked: 1.1 with signed sums, marker, key hash', async () => {
    const keyHash = { nonce: new Uint8Array(32).fill(1), hash: new Uint8Array(32).fill(2) };
    const writes = [{ sector: 0, count: 4096, zeros: true } as const];
    const old = await read(buildVhd({ ...DYNAMIC, creator: CREATORS.tapdisk11, writes }));
    expect(old.batmap?.value).toMatchObject({ batmapVersion: 0x0001_0001, checksum: 0x7f });
    expect(old.batmap?.checksumOk).toBe(true);
    const keyed = await read(buildVhd({ ...DYNAMIC, batmap: { version: '1.2', marker: 9, keyHash }, writes }));
    expect(keyed.batmap?.value).toMatchObject({
      batmapVersion: 0x0001_0002,
      checksum: 0xffff_ff7f,
      marker: 9,
      keyHashCookie: 1,
      keyHashNonce: keyHash.nonce,
      keyHash: keyHash.hash,
    });
    expect(keyed.batmap?.checksumOk).toBe(true);
  });

  it('ends in a footer of 511 bytes when asked', async () => {
    const image = buildVhd({ ...DYNAMIC, shortFooter: true, hidden: true, savedState: true });
    const vhd = await read(image);
    expect(vhd.footer).toMatchObject({ length: 511, valid: true, checksumOk: true, at: image.places.footerAt });
    expect(vhd.footer?.value).toMatchObject({ hidden: 1, savedState: 1 });
    expect(image.size % 512).toBe(511);
  });
});

describe('a differencing disk', () => {
  it('names its parent by id, name, time and locators, in the order and units given', async () => {
    const locators: (LocatorSpec | null)[] = [
      { code: 'W2ru', text: '.\\Größe.vhd', unit: 'sectors' },
      { code: 'W2ku', text: 'C:\\VMs\\Größe.vhd', space: 4096 },
      null,
      { code: 'MacX', text: 'file://./Größe.vhd' },
      { code: 'Wi2r', text: '.\\P.VHD' },
      { code: 'Wi2k', text: 'C:\\P.VHD' },
      { code: 'Mac ', text: Uint8Array.of(0, 1, 2) },
    ];
    const image = buildVhd({ ...CHILD, parent: { ...PARENT, name: 'Größe-\ud83d.vhd', locators } });
    const vhd = await read(image);
    expect(vhd.kind).toBe('differencing');
    expect(vhd.header?.value).toMatchObject({
      parentUniqueId: PARENT.id,
      parentTimeStamp: PARENT.timeStamp,
      parentUnicodeName: 'Größe-\ud83d.vhd',
    });
    expect(
      vhd.locators.map(({ number: slot, code, text: path, entry, space }) => [
        slot,
        code,
        path,
        entry.dataSpace,
        space,
      ]),
    ).toEqual([
      [1, 'W2ru', '.\\Größe.vhd', 1, 512],
      [2, 'W2ku', 'C:\\VMs\\Größe.vhd', 4096, 4096],
      [4, 'MacX', 'file://./Größe.vhd', 512, 512],
      [5, 'Wi2r', '.\\P.VHD', 512, 512],
      [6, 'Wi2k', 'C:\\P.VHD', 512, 512],
      [7, 'Mac', null, 512, 512],
    ]);
    const ends = vhd.locators.map(({ at, space }) => [at ?? 0, (at ?? 0) + space]);
    for (const [index, [start]] of ends.entries()) expect(start).toBeGreaterThanOrEqual(ends[index - 1]?.[1] ?? 3072);
  });

  it('can have a raw parent: the nil id', async () => {
    const vhd = await read(buildVhd({ ...CHILD, parent: { ...PARENT, id: NIL_UUID, name: 'base.raw' } }));
    expect(vhd.header?.value).toMatchObject({ parentUniqueId: NIL_UUID, parentUnicodeName: 'base.raw' });
    expect(vhd.locators[0]?.text).toBe('file://./base.raw');
  });
});

describe('a fixed disk', () => {
  it('is the guest’s bytes and a footer', async () => {
    const image = buildVhd({ ...FIXED, writes: [{ sector: 49_151, count: 1, seed: 5 }] });
    const vhd = await read(image);
    expect(vhd).toMatchObject({ kind: 'fixed', header: null, bat: null, virtualSize: 24 * MIB });
    expect(vhd.footer?.value.dataOffset).toBe(0xffff_ffff_ffff_ffffn);
    expect(image.size).toBe(24 * MIB + 512);
    expect(readSparse(image, 49_151 * 512, 512)).toEqual(patternSectors(5, 49_151, 1));
  });
});

describe('a spec that contradicts itself', () => {
  it.each<[string, Partial<VhdSpec>]>([
    ['a write behind the end', { writes: [{ sector: 49_151, count: 2, seed: 1 }] }],
    ['a block size that is no power of two', { blockSize: 3 * MIB }],
    ['a table too short for the disk', { tableEntries: 11 }],
    ['a parent of a dynamic disk', { parent: PARENT }],
    ['a block the disk does not have', { blockOrder: [12] }],
  ])('is refused: %s', (_, change) => {
    expect(() => buildVhd({ ...DYNAMIC, ...change })).toThrow();
  });
});
