import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SAMPLE_DISK_ID, vmfsDisk } from '../../core/testing/vmfs.ts';
import { open, Place, run, STILL } from './testing/place.ts';

const MIB = 1024 * 1024;
const NOTHING = { presented: null, lun: null, everySector: false };

describe('VMFS volumes', () => {
  let place: Place;
  beforeEach(async () => {
    place = await Place.make();
  });
  afterEach(() => place.remove());

  it('of a LUN whose table was wiped', async () => {
    await place.put(
      'sdf.raw',
      vmfsDisk({ start: 137 * 512, totalBytes: 280 * MIB }, { size: 2048 * MIB, table: false }),
    );
    const services = place.services();
    await open(services, [place.evidence]);
    const paths = [place.at('sdf.raw')];
    const { result, info } = await run(services, 'vmfs.volumes', { ...NOTHING, paths });
    expect(result).toMatchObject({
      disks: [
        {
          name: 'sdf.raw',
          everySector: true,
          volumes: [{ lvm: { partitionStartByte: 137 * 512 }, fs: { label: 'datastore1' }, snapshot: null }],
        },
      ],
      spans: [{ numDevices: 1, complete: true }],
      presented: [],
    });
    expect(info).toMatchObject({ state: 'done', title: 'VMFS volumes of sdf.raw' });

    const presented = `vml.0200040000${SAMPLE_DISK_ID}`;
    const other = await run(services, 'vmfs.volumes', { ...NOTHING, paths, presented });
    expect(other.result).toMatchObject({
      disks: [{ volumes: [{ snapshot: { verdict: 'lun-differs' }, findings: [{ code: 'vmfs.snapshot' }] }] }],
      presented: [{ lun: 4 }],
    });
    await expect(run(services, 'vmfs.volumes', { ...NOTHING, paths, presented: 'hello' })).rejects.toMatchObject({
      code: 'usage',
    });
  });

  it('show among the structures of their disk', async () => {
    await place.put('lun.raw', vmfsDisk({ start: 63 * 512, totalBytes: 280 * MIB }, { size: 288 * MIB }));
    const services = place.services();
    await open(services, [place.evidence]);
    const { parts } = await services.handlers['image.detail']({ path: place.at('lun.raw') }, STILL);
    expect(parts.filter(({ id }) => id.startsWith('vmfs')).map(({ title, structure }) => [title, structure])).toEqual([
      ['LVM header', 'vmfs.lvm'],
      ['Volume descriptor', 'vmfs.volume'],
      ['Physical extents', null],
      ['File system header', 'vmfs.fs'],
      ['Heartbeats', null],
    ]);
  });

  it('and what their names mean', async () => {
    const services = place.services();
    const { lines } = await services.handlers['vml.explain']({ text: `vml.0200030000${SAMPLE_DISK_ID}:1` }, STILL);
    expect(lines).toMatchObject([{ vml: { lun: 3, partition: 1 } }]);
  });
});
