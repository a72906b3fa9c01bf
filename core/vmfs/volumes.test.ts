import { describe, expect, it } from 'vitest';
import { failure } from '../errors.ts';
import type { Extent } from '../findings/finding.ts';
import { SparseBuilder, type SparseImage } from '../io/sparse.ts';
import { ARTICLE_START, articleLun } from '../testing/article-lun.ts';
import { SparseSource } from '../testing/sparse-source.ts';
import { putVmfs, SAMPLE_DISK_ID, type VmfsSpec, vmfsDisk, vmfsIds } from '../testing/vmfs.ts';
import type { VmfsVolume } from './found.ts';
import { searchHeaders } from './search.ts';
import { summariseVolume } from './summary.ts';
import { readVolumes, type VolumeOptions } from './volumes.ts';

const SECTOR = 512;
const GIB = 1024 ** 3;
/** Sectors of a partition that ends on a cylinder, some gigabytes long. */
const LENGTH = 16_000_000 * SECTOR;

const SPEC: VmfsSpec = { start: 2048 * SECTOR, totalBytes: LENGTH };

/** Holes are left out, as the disks of VHDs do it: in memory they would have to be made first. */
function read(image: SparseImage, options: VolumeOptions = {}) {
  return readVolumes(new SparseSource(image), { held: () => heldOf(image), ...options });
}

async function* heldOf({ extents }: SparseImage): AsyncGenerator<Extent> {
  for (const { at, bytes } of extents) yield { offset: at, length: bytes.length };
}

const show = (volume: VmfsVolume | undefined) =>
  volume && summariseVolume({ volume, snapshot: null, heartbeats: null });
const codes = ({ findings }: VmfsVolume) => findings.map(({ code }) => code);

describe('the article’s LUN', () => {
  it('decodes field by field as its administrator read it', async () => {
    const { volumes } = await read(articleLun());
    expect(volumes).toHaveLength(1);
    expect(volumes[0]?.findings).toEqual([]);
    expect(show(volumes[0])).toMatchObject({
      lvm: {
        headerOffset: ARTICLE_START + 0x100000,
        partitionStartByte: ARTICLE_START,
        majorVersion: 3,
        minorVersion: 16,
        diskId: {
          type: 2,
          length: 22,
          lun: 3,
          deviceType: 0,
          scsiLevel: 6,
          vendor: 'SUN',
          model: 'COMSTAR',
          revision: '1.0',
        },
        totalBytes: 107_372_739_584,
        totalSectors: 209_712_382,
        numPEs: 399,
        lastPE: 398,
        generation: 401,
        dataOffset: 0x1100000,
        deviceUuid: '49716cd8-9b97aab0-2f6c-000d60d46e2e',
        initTime: '2009-01-17T05:30:00.435054Z',
        modTime: '2009-01-17T05:30:00.911527Z',
        volume: {
          name: '49716cd8-6075899a-ad1c-000d60d46e2e',
          uuid: '49716cd8-6075899a-ad1c-000d60d46e2e',
          logicalSize: 107_105_746_944,
          snapId: 1,
          numDevices: 1,
          firstPE: 0,
          lastPE: 398,
        },
        hostMac: '00:0d:60:d4:6e:2e',
        vml: `vml.0200030000${SAMPLE_DISK_ID}`,
      },
      fs: {
        offset: ARTICLE_START + 0x1300000,
        version: '3.31',
        uuid: '49716cd8-ebcbbf9a-6792-000d60d46e2e',
        created: '2009-01-17T05:30:00Z',
        label: 'ss2-cstar-zs0.2',
        blockSize: 1_048_576,
        subBlockSize: 65_536,
        lvmUuid: '49716cd8-6075899a-ad1c-000d60d46e2e',
      },
    });
  });

  it('is found with its table wiped', async () => {
    const { volumes } = await read(articleLun({ table: false }));
    expect(volumes.map(({ start, length }) => [start, length])).toEqual([[ARTICLE_START, 107_372_739_584]]);
  });
});

describe('where volumes are found', () => {
  it.each([3, 5, 6] as const)('version %d, behind an entry of the table', async (version) => {
    const spec = { ...SPEC, version, start: 5_000_000 * SECTOR };
    const partitions = [{ number: 3, start: spec.start, length: LENGTH, vmfs: true }];
    const { volumes, findings } = await read(vmfsDisk(spec, { size: 20 * GIB }), { partitions, search: 'never' });
    expect(findings).toEqual([]);
    expect(volumes.map(codes)).toEqual([[]]);
    expect(show(volumes[0])).toMatchObject({
      found: 'table',
      partition: 3,
      lvm: { majorVersion: version, volume: { uuid: vmfsIds().volume } },
      fs: { uuid: vmfsIds().datastore, label: 'datastore1' },
    });
  });

  it('at any sector, once the table is gone', async () => {
    const image = vmfsDisk({ ...SPEC, start: 137 * SECTOR }, { size: 16 * GIB, table: false });
    const { volumes } = await read(image);
    expect(volumes.map(({ start, found }) => [start, found])).toEqual([[137 * SECTOR, 'search']]);
  });

  it('with data that begins elsewhere than usual', async () => {
    const spec = { ...SPEC, dataOffset: 0x1900000 };
    const { volumes } = await read(vmfsDisk(spec, { size: 16 * GIB }));
    expect(volumes.map(codes)).toEqual([[]]);
    expect(volumes[0]?.fs?.at).toBe(spec.start + 0x1900000 + 0x200000);
  });

  it('VMFS-L, and a partition by itself', async () => {
    const image = vmfsDisk({ ...SPEC, version: 6, local: true, start: 0 }, { size: LENGTH, table: false });
    const { volumes } = await read(image);
    expect(show(volumes[0])).toMatchObject({ lvm: { flags: 1, partitionStartByte: 0 }, fs: { magic: '2fabf15f' } });
    expect(volumes.map(codes)).toEqual([[]]);
  });

  it('a copy of .vh.sf has the file system’s header alone, and nothing is wrong with that', async () => {
    const whole = vmfsDisk({ ...SPEC, start: 0 }, { size: LENGTH, table: false });
    const lv = new SparseBuilder();
    lv.put(0x200000, await new SparseSource(whole).read(0x1300000, 512));
    lv.resize(4 * 1024 * 1024);
    const { volumes } = await read(lv.image());
    expect(volumes.map(({ start, lvm, fs }) => [start, lvm, fs?.at])).toEqual([[null, null, 0x200000]]);
    expect(volumes.map(codes)).toEqual([[]]);
  });

  it('nothing, on a disk that holds none', async () => {
    const image = { size: GIB, extents: [{ at: 4096, bytes: new Uint8Array(1024 * 1024).fill(0xd0) }] };
    expect(await read(image)).toMatchObject({ volumes: [], findings: [], searched: true });
  });
});

describe('what is wrong', () => {
  it.each([
    ['a damaged LVM header', { without: ['lvm'] }, ['vmfs.header-damaged']],
    ['an empty volume table', { without: ['volume'] }, ['vmfs.header-damaged']],
    ['a file system header that is gone', { without: ['fs'] }, ['vmfs.fs-missing']],
  ] as [string, Partial<VmfsSpec>, string[]][])('%s', async (_, change, expected) => {
    const image = vmfsDisk({ ...SPEC, ...change }, { size: 16 * GIB });
    const partitions = [{ number: 1, start: SPEC.start, length: LENGTH, vmfs: true }];
    const { volumes } = await read(image, { partitions });
    expect(volumes.map(codes)).toEqual([expected]);
  });

  it('an LVM header without its mark is known by all the rest of it, where one belongs', async () => {
    const image = new SparseBuilder(vmfsDisk(SPEC, { size: 16 * GIB }));
    image.zero(SPEC.start + 0x100000, 4);
    const { volumes } = await read(image);
    expect(volumes.map(({ length, findings }) => [length, findings.map(({ field }) => field)])).toEqual([
      [LENGTH, ['magic']],
    ]);
  });

  it('an entry of another length, and a volume that ends behind the disk', async () => {
    const partitions = [{ number: 1, start: SPEC.start, length: LENGTH + SECTOR, vmfs: true }];
    const { volumes } = await read(vmfsDisk(SPEC, { size: 16 * GIB }), { partitions });
    expect(volumes[0]?.findings).toMatchObject([{ code: 'vmfs.size-mismatch', severity: 'warning' }]);
    const cut = await read(vmfsDisk(SPEC, { size: 4 * GIB }));
    expect(cut.volumes[0]?.findings).toMatchObject([{ code: 'vmfs.size-mismatch', severity: 'error' }]);
  });

  it('an entry that says VMFS and has no header at all', async () => {
    const partitions = [{ number: 2, start: GIB, length: GIB, vmfs: true }];
    const { volumes, findings } = await read({ size: 4 * GIB, extents: [] }, { partitions });
    expect(volumes).toEqual([]);
    expect(findings).toMatchObject([{ code: 'vmfs.header-damaged', offset: GIB + 0x100000 }]);
  });
});

describe('volumes that share sectors', () => {
  const older = { ...SPEC, start: 128 * SECTOR, label: 'old', modTime: 1_200_000_000_000_000n, seed: '02' };
  const both = (): SparseBuilder => {
    const image = new SparseBuilder(vmfsDisk({ ...SPEC, label: 'new' }, { size: 16 * GIB, table: false }));
    // only the headers of the older one are left, off the newer one's
    putVmfs(image, { ...older, without: ['fs'] });
    return image;
  };

  it('are both listed, by offset; the one that was changed later is live', async () => {
    const { volumes } = await read(both());
    expect(volumes.map(({ start, stale }) => [start, stale === null])).toEqual([
      [older.start, false],
      [SPEC.start, true],
    ]);
    expect(volumes.map(codes)).toEqual([['vmfs.stale-header'], []]);
  });

  it('the one that the table has in full length is live, whenever the other was changed', async () => {
    const partitions = [{ number: 1, start: older.start, length: LENGTH, vmfs: true }];
    const { volumes } = await read(both(), { partitions });
    expect(volumes.map(({ stale }) => stale === null)).toEqual([true, false]);
  });

  it('on a disk too large to be looked through whole: what a volume covers is passed over', async () => {
    const image = new SparseBuilder(vmfsDisk({ ...SPEC, start: 137 * SECTOR }, { size: 40 * GIB, table: false }));
    putVmfs(image, { ...SPEC, start: 20 * GIB, seed: '02' });
    const asked: number[] = [];
    const held = (from: number, to: number): AsyncGenerator<Extent> => {
      asked.push(from);
      expect(to - from).toBeLessThanOrEqual(GIB);
      return heldOf(image);
    };
    const { volumes, searched } = await read(image, { held, allocated: 40 * GIB });
    expect(volumes.map(({ start }) => start)).toEqual([137 * SECTOR, 20 * GIB]);
    expect(searched).toBe(false);
    const covered = (at: number, start: number): boolean => at > start + GIB && at < start + LENGTH;
    expect(asked.filter((at) => covered(at, 137 * SECTOR) || covered(at, 20 * GIB))).toEqual([]);
  });

  it('side by side both are live', async () => {
    const image = new SparseBuilder(vmfsDisk(SPEC, { size: 40 * GIB, table: false }));
    putVmfs(image, { ...SPEC, start: SPEC.start + LENGTH, seed: '02' });
    const { volumes } = await read(image);
    expect(volumes.map(({ stale }) => stale)).toEqual([null, null]);
  });
});

describe('the search', () => {
  it('looks only at what is held, and finds headers across the joints of its requests', async () => {
    const image = new SparseBuilder();
    image.resize(2 ** 44);
    for (const start of [4096 * 1024 - 1, 2 ** 33]) putVmfs(image, { ...SPEC, start: start * SECTOR });
    const told: number[] = [];
    const found = await searchHeaders(new SparseSource(image), {
      held: () => heldOf(image),
      progress: (done) => told.push(done),
    });
    expect(found.lvm).toEqual([(4096 * 1024 - 1) * SECTOR + 0x100000, 2 ** 33 * SECTOR + 0x100000]);
    expect(found.fs).toHaveLength(2);
    expect(told.length).toBeGreaterThan(0);
  });

  it('passes over what cannot be read, and stops when asked to', async () => {
    const good = new SparseSource(vmfsDisk({ ...SPEC, start: 64 * 1024 * 1024 }, { size: 16 * GIB }));
    const source = {
      size: 128 * 1024 * 1024,
      read: (at: number, length: number) =>
        at === 0 ? Promise.reject(failure('read-failed', 'EIO')) : good.read(at, length),
    };
    const found = await searchHeaders(source);
    expect(found.lvm).toEqual([65 * 1024 * 1024]);
    expect(found.unread).toMatchObject([{ offset: 0 }]);
    await expect(searchHeaders(good, { signal: { aborted: true } })).rejects.toMatchObject({ kind: 'cancelled' });
  });
});
