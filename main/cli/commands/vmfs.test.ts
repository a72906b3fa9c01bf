import { describe, expect, it } from 'vitest';
import { buildVhd } from '../../../core/formats/vhd/build/build.ts';
import { readSparse, SparseBuilder } from '../../../core/io/sparse.ts';
import { memoryFiles } from '../../../core/testing/memory-files.ts';
import { SAMPLE_DISK_ID, SAMPLE_NAA, type VmfsSpec, vmfsDisk, vmfsIds } from '../../../core/testing/vmfs.ts';
import { idOf } from '../testing/images.ts';
import { run } from '../testing/run.ts';

const SECTOR = 512;
const MIB = 1024 * 1024;
const SPEC: VmfsSpec = { start: 128 * SECTOR, totalBytes: 280 * MIB, version: 3, label: 'ss2-cstar-zs0.2' };
const SIZE = 288 * MIB;

const lun = (change: Partial<VmfsSpec> = {}, table = true) => vmfsDisk({ ...SPEC, ...change }, { size: SIZE, table });
const files = () => memoryFiles().put('/lun.raw', lun());

/** One extent of two. */
function extent(index: 0 | 1) {
  return lun({
    version: 5,
    extent: { devices: 2, firstPE: index, index },
    disk: { type: 2, lun: index, id: `60${index}0${SAMPLE_DISK_ID.slice(4)}` },
  });
}

describe('platter vmfs', () => {
  it('says for people what stands on a LUN', async () => {
    const { rc, out, err } = await run(files(), ['vmfs', 'lun.raw']);
    expect({ rc, err }).toEqual({ rc: 0, err: '' });
    expect(out).toMatchInlineSnapshot(`
      "lun.raw  288 MiB

        “ss2-cstar-zs0.2”, VMFS-3 (3.31)
          datastore      49716cd8-ebcbbf9a-6792-000d60d46e01, made 2009-01-17T05:30:00Z by host 00:0d:60:d4:6e:01
          blocks         1 MiB, sub-blocks 64 KiB, public
          fs header      at 0x1310000 (19,988,480)
          lvm header     at 0x110000 (1,114,112)
          place          sectors 128 to 573,567, 573,440 of them, 280 MiB, partition 1
          device         naa.600144f07ed404000000496ff8cd0003, LUN 3, Sun (COMSTAR)
          vml path       vml.0200030000600144f07ed404000000496ff8cd0003434f4d535441
          volume         49716cd8-6075899a-ad1c-000d60d46e01, 256 MiB, 1 extent
          device id      49716cd8-9b97aa00-2f6c-000d60d46e01, host 00:0d:60:d4:6e:01
          changed        2009-01-17T05:30:00.911527Z
      "
    `);
  });

  it('gives every figure of both headers', async () => {
    const { out } = await run(files(), ['vmfs', 'lun.raw', '--json']);
    const document = JSON.parse(out);
    expect(document).toMatchObject({
      schema: 'platter.vmfs/1',
      volumes: [
        {
          lvm: {
            headerOffset: SPEC.start + MIB,
            partitionStartByte: SPEC.start,
            totalBytes: SPEC.totalBytes,
            vml: `vml.0200030000${SAMPLE_DISK_ID}`,
          },
          fs: { offset: SPEC.start + 19 * MIB, uuid: vmfsIds().datastore, version: '3.31' },
          snapshot: null,
          partition: 1,
          findings: [],
        },
      ],
    });
    expect(Object.keys(document.volumes[0].lvm.diskId)).toEqual([
      'type',
      'length',
      'lun',
      'deviceType',
      'scsiLevel',
      'vendor',
      'model',
      'revision',
      'idHex',
    ]);
  });

  it('finds the volume with the table wiped, in a fixed VHD as in a raw image', async () => {
    const raw = lun({ start: 137 * SECTOR }, false);
    const vhd = new SparseBuilder(raw);
    const fixed = buildVhd({ kind: 'fixed', virtualSize: SIZE, id: idOf(1), timeStamp: 0 });
    vhd.put(SIZE, readSparse(fixed, fixed.size - SECTOR, SECTOR));
    const disks = memoryFiles().put('/lun.raw', raw).put('/lun.vhd', vhd.image());
    for (const name of ['lun.raw', 'lun.vhd']) {
      const { out } = await run(disks, ['vmfs', name, '--json']);
      expect(JSON.parse(out).volumes).toMatchObject([{ found: 'search', lvm: { partitionStartByte: 137 * SECTOR } }]);
    }
  });

  it.each([
    [['--presented', `vml.0200030000${SAMPLE_DISK_ID}`], 'match', []],
    [['--presented', `vml.0200040000${SAMPLE_DISK_ID}`], 'lun-differs', ['vmfs.snapshot']],
    [['--presented-naa', SAMPLE_NAA, '--presented-lun', '3'], 'match', []],
    [['--presented-naa', SAMPLE_NAA.replace(/3$/, '4')], 'snapshot', ['vmfs.snapshot']],
    [['--presented-smf', 'export.xml'], 'snapshot', ['vmfs.snapshot']],
  ])('says what ESX would make of it: %j', async (options, verdict, codes) => {
    const smf = `<property_group name='param_dr_0'><propval name='guid' value='600144f0000000000000000000000001'/></property_group>`;
    const { rc, out } = await run(files().put('/export.xml', smf), ['vmfs', 'lun.raw', '--json', ...options]);
    const [volume] = JSON.parse(out).volumes;
    expect(rc).toBe(0);
    expect(volume.snapshot).toMatchObject({ verdict });
    expect(volume.findings.map(({ code }: { code: string }) => code)).toEqual(codes);
  });

  it('puts extents together, and names what is missing', async () => {
    const both = memoryFiles().put('/a.raw', extent(0)).put('/b.raw', extent(1));
    const whole = JSON.parse((await run(both, ['vmfs', 'b.raw', 'a.raw', '--json'])).out);
    expect(whole.spans).toMatchObject([{ complete: true, extents: [{ image: 'a.raw' }, { image: 'b.raw' }] }]);
    expect(whole.volumes.map(({ image }: { image: string }) => image)).toEqual(['b.raw', 'a.raw']);
    const half = await run(both, ['vmfs', 'a.raw']);
    expect(half.out).toContain('vmfs.extent-missing');
    expect(half.out).toContain('1 of 2 here');
  });

  it('says that there is none', async () => {
    const { rc, out } = await run(memoryFiles().put('/empty.raw', new Uint8Array(MIB)), ['vmfs', 'empty.raw']);
    expect({ rc, out }).toEqual({
      rc: 0,
      out: 'empty.raw  1 MiB\n  No VMFS volume: no sector begins with a header of one.\n',
    });
  });

  it('refuses what it cannot compare with', async () => {
    const wrong = await run(files(), ['vmfs', 'lun.raw', '--presented', 'vml.xyz']);
    expect(wrong).toMatchObject({ rc: 2, out: '' });
    expect((await run(files(), ['vmfs', 'lun.raw', '--presented-lun', '3'])).rc).toBe(2);
    expect((await run(files(), ['vmfs', 'nothing.raw'])).rc).toBe(3);
  });
});

describe('platter vml', () => {
  it('explains a vml path', async () => {
    const { rc, out } = await run(memoryFiles(), ['vml', `vmhba32:1:3:1 -> vml.0200030000${SAMPLE_DISK_ID}:1`]);
    expect(rc).toBe(0);
    expect(out).toMatchInlineSnapshot(`
      "vmhba32:1:3:1 -> vml.0200030000600144f07ed404000000496ff8cd0003434f4d535441:1
        path          adapter vmhba32, target 1, LUN 3, partition 1
        id type       2, NAA or EUI, page 83
        device type   0, disk
        LUN           3
        partition     1
        id            600144f07ed404000000496ff8cd0003434f4d535441
        product       COMSTA (its first six characters)
        name          naa.600144f07ed404000000496ff8cd0003
        format        NAA 6, registered extended
        vendor        00144f, Sun (COMSTAR)
        number        07ed404000000496ff8cd0003
        note          made by COMSTAR at 2009-01-16T03:02:37Z, number 3 (our own reading: the times fit in all cases seen)
      "
    `);
  });

  it('takes a line that the shell has cut into words', async () => {
    const words = 'vmhba32:1:3:1 /dev/sdf1 49716cd8-ebcbbf9a-6792-000d60d46e2e'.split(' ');
    const { out } = await run(memoryFiles(), ['vml', '--json', ...words]);
    expect(JSON.parse(out)).toMatchObject({
      schema: 'platter.vml/1',
      lines: [{ kind: 'vmhbadevs', device: '/dev/sdf1', volume: { hostMac: '00:0d:60:d4:6e:2e' } }],
    });
  });

  it('says when it understands nothing', async () => {
    expect(await run(memoryFiles(), ['vml', 'hello'])).toMatchObject({ rc: 1 });
  });
});

describe('platter check', () => {
  it('warns of a volume that no partition table names, and of nothing where one does', async () => {
    const files = memoryFiles().put('/lun.raw', lun()).put('/wiped.raw', lun({}, false));
    const { rc, out } = await run(files, ['check', 'lun.raw', 'wiped.raw', '--fail-on', 'warning']);
    expect(rc).toBe(1);
    expect(out).toContain('lun.raw: healthy');
    expect(out).toContain('A VMFS volume starts at sector 128, but no partition table names it');
  });
});
