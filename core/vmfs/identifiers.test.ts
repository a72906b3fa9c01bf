import { describe, expect, it } from 'vitest';
import { composeVml, parseVml } from './disk-id.ts';
import { explainLines } from './identifiers.ts';

describe('explainLines', () => {
  it('takes the article’s vml paths apart, and puts them together again', () => {
    const text = 'vml.0200030000600144f07ed404000000496ff8cd0003434f4d535441:1';
    const [line] = explainLines(text);
    expect(line).toMatchObject({
      kind: 'vml',
      vml: {
        type: 2,
        deviceType: 0,
        lun: 3,
        partition: 1,
        id: {
          name: 'naa.600144f07ed404000000496ff8cd0003',
          product: 'COMSTA',
          naa: { format: 'NAA 6, registered extended', oui: '00144f', vendor: 'Sun (COMSTAR)' },
        },
      },
    });
    expect(line?.notes.join()).toContain('2009-01-16T03:02:37Z');
    const parsed = parseVml(text);
    expect(parsed && composeVml(parsed, parsed.partition)).toBe(text);
    expect(explainLines('vml.02000000005005076719d163d844544e313436')[0]).toMatchObject({
      vml: { lun: 0, partition: null, id: { name: 'naa.5005076719d163d8', product: 'DTN146', naa: { vendor: 'IBM' } } },
    });
  });

  it('reads the high byte of a LUN', () => {
    expect(explainLines(`vml.0200050100${'60'.repeat(16)}4c554e202020`)[0]?.vml?.lun).toBe(261);
  });

  it('reads the hash of an NVMe device, which says neither device type nor LUN', () => {
    const hash = 'abcdef0123456789'.repeat(4);
    const [line] = explainLines(`vmhba3:C0:T0:L7 -> vml.05${hash}:2`);
    expect(line?.vml).toMatchObject({ type: 5, deviceType: null, lun: null, partition: 2, id: { idHex: hash } });
    expect(line?.notes.join()).not.toContain('LUN');
    const parsed = parseVml(`vml.05${hash}`);
    expect(parsed && composeVml(parsed)).toBe(`vml.05${hash}`);
  });

  it('knows paths and serial numbers, which are text', () => {
    expect(explainLines('vml.0000000000766d686261303a43303a54303a4c30')[0]?.vml?.id).toMatchObject({
      name: 'mpx.vmhba0:C0:T0:L0',
      product: null,
    });
    expect(
      explainLines('vml.0100000000514d30303031352020202020202020202020202051454d552048')[0]?.vml?.id,
    ).toMatchObject({
      text: 'QM00015',
      product: 'QEMU H',
    });
  });

  it('reads lines of esxcfg-vmhbadevs -m and of ls -l', () => {
    const lines = explainLines(`
      vmhba0:1:0:1    /dev/sdd1                        48a3b0f3-736b896e-af8f-00025567144e
      vmhba32:1:3:1 -> vml.0200030000600144f07ed404000000496ff8cd0003434f4d535441:1
      lrwxrwxrwx 1 root root 36 Jan 17 05:30 my store -> 49716cd8-ebcbbf9a-6792-000d60d46e2e
      lrwxrwxrwx    1 root     root            36 Sep 18 08:33 vml.0200050000600144f0e8cb470000005053b9b50001434f4d535441 -> naa.600144f0e8cb470000005053b9b50001
    `);
    expect(lines).toMatchObject([
      {
        kind: 'vmhbadevs',
        path: { adapter: 0, target: 1, lun: 0, partition: 1 },
        device: '/dev/sdd1',
        volume: { created: '2008-08-14T04:13:39Z', hostMac: '00:02:55:67:14:4e' },
      },
      { kind: 'link', path: { adapter: 32, lun: 3 }, vml: { lun: 3, partition: 1 } },
      { kind: 'link', label: 'my store', volume: { hostMac: '00:0d:60:d4:6e:2e' } },
      { kind: 'link', vml: { lun: 5 }, naa: { name: 'naa.600144f0e8cb470000005053b9b50001' } },
    ]);
    expect(lines.flatMap(({ notes }) => notes).filter((note) => /says LUN|another id/.test(note))).toEqual([]);
  });

  it('says where a line does not fit together', () => {
    const [line] = explainLines('vmhba32:1:4:1 -> vml.0200030000600144f07ed404000000496ff8cd0003434f4d535441:1');
    expect(line?.notes).toContainEqual('The path says LUN 4, the vml path 3.');
  });

  it.each([
    ['naa.6006048c000000000000000000000a11', 'NAA 6, registered extended'],
    ['naa.2000000087654321', 'NAA 2, IEEE extended'],
    ['naa.3000000012345678', 'NAA 3, locally assigned'],
    ['naa.5000c50015ea71ac', 'NAA 5, registered'],
    ['eui.0011223344556677', 'EUI-64, 8 bytes'],
    ['600144f07ed404000000496ff8cd0003', 'NAA 6, registered extended'],
  ])('names the format of %s', (text, format) => {
    expect(explainLines(text)[0]).toMatchObject({ kind: 'device', naa: { format } });
  });

  it('takes names with a type of their own, and says when it knows nothing', () => {
    expect(explainLines('t10.ATA_____ST3500630NS_____9QG0F4KP')[0]).toMatchObject({
      t10: { text: expect.stringMatching(/ST3500630NS/) as string },
    });
    expect(explainLines('mpx.vmhba32:C0:T0:L0')[0]).toMatchObject({ path: { channel: 0, lun: 0 } });
    expect(explainLines('vml.02 hello')[0]).toMatchObject({ kind: 'unknown' });
    expect(explainLines('')).toEqual([]);
  });

  it('says of a vml path that was cut off that it is', () => {
    const [line] = explainLines('vml.02000501006000');
    expect(line?.vml?.id.product).toBeNull();
    expect(line?.notes.join()).toContain('Some of the path is missing');
  });
});
