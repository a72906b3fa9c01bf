import { describe, expect, it } from 'vitest';
import { articleLun } from '../testing/article-lun.ts';
import { SparseSource } from '../testing/sparse-source.ts';
import { SAMPLE_DISK_ID, SAMPLE_NAA, type VmfsSpec, vmfsDisk } from '../testing/vmfs.ts';
import { presentedFrom } from './presented.ts';
import { bestAnswer } from './snapshot.ts';
import { readVolumes } from './volumes.ts';

const SPEC: VmfsSpec = { start: 2048 * 512, totalBytes: 8_000_000_000 - (8_000_000_000 % 512) };

async function judge(disk: VmfsSpec['disk'] | null, text: string, lun: number | null = null) {
  const image =
    disk === null ? articleLun() : vmfsDisk({ ...SPEC, ...(disk ? { disk } : {}) }, { size: 9_000_000_000 });
  const { volumes } = await readVolumes(new SparseSource(image), { search: 'never' });
  const device = volumes[0]?.lvm;
  if (!device) throw new Error('no volume');
  return bestAnswer(device, presentedFrom(text, lun));
}

const vml = (lun: string, id: string, type = '02') => `vml.${type}00${lun}00${id}`;

describe('what ESX makes of the article’s LUN', () => {
  it.each([
    ['as it was', vml('0300', SAMPLE_DISK_ID), 'match', true],
    ['with another LUN', vml('0400', SAMPLE_DISK_ID), 'lun-differs', false],
    ['with a LUN above 255', vml('0301', SAMPLE_DISK_ID), 'lun-differs', false],
    ['with another id', vml('0300', '600144f07ed404000000496ff8cd0004434f4d535441'), 'snapshot', true],
    ['with another product', vml('0300', `${SAMPLE_NAA}53544d462020`), 'snapshot-model-tail-only', false],
    ['with another product and LUN', vml('0900', `${SAMPLE_NAA}53544d462020`), 'snapshot-model-tail-only', false],
    ['by a path, as a disk without an id', vml('0300', '766d686261303a43303a54303a4c30', '00'), 'snapshot', true],
    ['by its NAA alone', `naa.${SAMPLE_NAA}`, 'match', false],
    ['by bare hex of another', '600144f07ed404000000496ff8cd00ff', 'snapshot', true],
    ['by the id as the header stores it', SAMPLE_DISK_ID, 'match', false],
    ['as ls -l lists it', `vmhba32:1:3:1 -> vml.0200030000${SAMPLE_DISK_ID}:1`, 'match', true],
  ] as const)('%s', async (_, text, verdict, certain) => {
    expect(await judge(null, text)).toMatchObject({ verdict, certain });
  });

  it('offers what can be done about it, and says that resignaturing cannot be undone', async () => {
    const answer = await judge(null, vml('0300', '600144f07ed404000000496ff8cd0004434f4d535441'));
    expect(answer?.choices.map(({ id }) => id)).toEqual(['present-as-before', 'mount', 'resignature', 'mask']);
    expect(answer?.choices[2]?.text).toContain('cannot be undone');
    expect((await judge(null, vml('0300', SAMPLE_DISK_ID)))?.choices).toEqual([]);
  });

  it('compares a LUN that was typed beside an NAA', async () => {
    expect(await judge(null, SAMPLE_NAA, 3)).toMatchObject({ verdict: 'match' });
    expect(await judge(null, SAMPLE_NAA, 5)).toMatchObject({ verdict: 'lun-differs' });
  });
});

describe('disks of other kinds', () => {
  it('a serial number differs', async () => {
    const disk = { type: 1, lun: 0, id: '514d30303031352020202020202020202020202051454d552048' };
    const other = '514d30303031362020202020202020202020202051454d552048';
    expect(await judge(disk, vml('0000', disk.id, '01'))).toMatchObject({ verdict: 'match' });
    expect(await judge(disk, vml('0000', other, '01'))).toMatchObject({ verdict: 'snapshot', certain: true });
    expect(await judge(disk, 't10.ATA_____QEMU_HARDDISK___________________QM00015____________')).toMatchObject({
      verdict: 'match',
    });
  });

  it('a path differs', async () => {
    const disk = { type: 0, lun: 0, id: '766d686261303a43303a54303a4c30' };
    expect(await judge(disk, 'mpx.vmhba0:C0:T0:L0')).toMatchObject({ verdict: 'match' });
    const answer = await judge(disk, vml('0000', '766d686261313a43303a54303a4c30', '00'));
    expect(answer).toMatchObject({ verdict: 'snapshot' });
    expect(answer?.detail).toContain('vmhba1:C0:T0:L0');
  });
});

describe('a target’s exported configuration', () => {
  const smf = (guid: string, other = '600144f0aaaaaaaaaaaa4999999900ff') => `<?xml version='1.0'?>
    <!DOCTYPE service_bundle SYSTEM '/usr/share/lib/xml/dtd/service_bundle.dtd.1'>
    <service_bundle type='manifest' name='export'><service name='system/iscsitgt' type='service' version='1'>
      <instance name='default' enabled='true'>
        <property_group name='param_ss1-zstore0_0' type='application'>
          <propval name='guid' type='astring' value='${other}'/>
          <propval name='backing-store' type='astring' value='/dev/zvol/rdsk/sp2/iscsi/lun0'/>
        </property_group>
        <property_group name="param_ss1-zstore0_3" type="application">
          <property name="guid" type="astring"><astring_list><value_node value="${guid}"/></astring_list></property>
        </property_group>
        <property_group name='param_new_1' type='application'><propval name='guid' type='astring' value='0'/></property_group>
      </instance></service></service_bundle>`;

  it('has the id: the volume will be known on the replica', async () => {
    const answer = await judge(null, smf(SAMPLE_NAA.toUpperCase()));
    expect(answer).toMatchObject({ verdict: 'match' });
    expect(answer?.presented).toContain('param_ss1-zstore0_3');
  });

  it('has another one: it will be a snapshot', async () => {
    expect(await judge(null, smf('0x600144f07ed404000000496ff8cd0009'))).toMatchObject({ verdict: 'snapshot' });
  });

  it('is refused when it is none', () => {
    expect(() => presentedFrom('<xml><a guid="1"/></xml>', null)).toThrow(/svccfg export/);
    const hostile = `<${'a "'.repeat(200_000)}`;
    expect(() => presentedFrom(hostile, null)).toThrow(/svccfg export/);
  });
});
