import { describe, expect, it } from 'vitest';
import { isHealthy } from '../../../findings/finding.ts';
import { append, hideOldStyle, patchHeader } from '../../../testing/damage.ts';
import { buildVhd } from '../build/build.ts';
import { CREATORS, type VhdSpec } from '../build/spec.ts';
import { COMMON, child, dynamic, fixed, found, MIB, PARENT } from './testing/found.ts';

const TIB = 1024 ** 4;
/** 12 blocks, full: their bits make a byte above 127, which signed and unsigned sums count differently. */
const FULL = { virtualSize: 12 * MIB, blockSize: MIB, writes: [{ sector: 0, count: 24_576, seed: 9 }] } as const;

const DYNAMIC: Record<string, Partial<VhdSpec>> = {
  'as tapdisk writes it': {},
  'with batmap 1.1, whose sum is over signed bytes': { creator: CREATORS.tapdisk11, ...FULL },
  'with batmap 1.2 and all blocks full': FULL,
  'by tapdisk 1.1 without a batmap': { creator: CREATORS.tapdisk11, batmap: 'none' },
  'by Virtual PC': { creator: CREATORS.virtualPc },
  'by Hyper-V': { creator: CREATORS.hyperV },
  'by QEMU': { creator: CREATORS.qemu, geometry: { cylinders: 65535, heads: 16, sectors: 255 } },
  'by a program nobody knows': { creator: { application: 'zzzz', version: 0x7fff_ffff, hostOs: '????' } },
  'without a block': { writes: [] },
  'of one sector': { virtualSize: 512, writes: [] },
  'hidden': { hidden: true },
  'with a marker and a key hash': {
    batmap: {
      version: '1.2',
      marker: 0xff,
      keyHash: { nonce: new Uint8Array(32).fill(7), hash: new Uint8Array(32).fill(8) },
    },
  },
  'with room to grow': { tableEntries: 4096 },
  'with more room to grow than is read': { tableEntries: (1 << 20) + 512 },
  'that has grown since it was made': { originalSize: 4 * MIB },
  'that has shrunk since it was made': { originalSize: 400 * MIB },
  'with blocks out of order': { blockOrder: [12, 2, 1, 7] },
  'with the header and the table elsewhere': { headerAt: 4096, tableAt: 65536 },
  'ending with 511 bytes': { shortFooter: true },
  'of more than 2 TiB': {
    virtualSize: 3 * TIB,
    writes: [
      { sector: (3 * TIB) / 512 - 20, count: 20, seed: 1 },
      { sector: 40, count: 8, seed: 2 },
    ],
  },
};
for (let blockSize = 512 * 1024; blockSize <= 256 * MIB; blockSize *= 2) {
  DYNAMIC[`with blocks of ${blockSize / 1024} KiB`] = { blockSize };
}

const CHILDREN: Record<string, Partial<VhdSpec>> = {
  'as vhd-util makes it': {},
  'of a raw disk': { parent: { ...PARENT, id: '00000000-0000-0000-0000-000000000000', name: 'base.raw' } },
  'as Hyper-V makes it': {
    creator: CREATORS.hyperV,
    parent: {
      ...PARENT,
      name: 'C:\\VMs\\Größe\\base.vhd',
      locators: [
        { code: 'W2ku', text: 'C:\\VMs\\Größe\\base.vhd', unit: 'bytes' },
        { code: 'W2ru', text: '.\\base.vhd', unit: 'sectors' },
      ],
    },
  },
  'of a parent in another folder': {
    parent: {
      ...PARENT,
      name: '../base/golden image.vhd',
      locators: [
        { code: 'MacX', text: 'file://../base/golden%20image.vhd' },
        null,
        { code: 'W2ru', text: '..\\base\\golden image.vhd' },
      ],
    },
  },
  'with a name in another script, decomposed in the locator': {
    parent: {
      ...PARENT,
      name: 'Gro\u00dfe K\u00fcche.vhd',
      locators: [{ code: 'MacX', text: 'file://./Gro\u00dfe%20Ku%CC%88che.vhd' }],
    },
  },
  'with a percent sign in a name that was not escaped': {
    parent: {
      ...PARENT,
      name: 'q%20.vhd',
      locators: [
        { code: 'MacX', text: 'file://./q%20.vhd' },
        { code: 'W2ru', text: '.\\q%20.vhd' },
      ],
    },
  },
  'with a Mac OS alias beside a path': {
    parent: {
      ...PARENT,
      locators: [
        { code: 'Mac ', text: Uint8Array.of(0, 1, 2, 3, 250) },
        { code: 'W2ru', text: '.\\base.vhd' },
      ],
    },
  },
};

describe('a healthy image has no error and no warning', () => {
  it.each(Object.entries(DYNAMIC))('dynamic, %s', async (_, spec) => {
    const findings = await found(dynamic({ ...COMMON, ...spec }));
    expect(findings.filter(({ severity }) => severity !== 'info')).toEqual([]);
  });

  it.each(Object.entries(CHILDREN))('differencing, %s', async (_, spec) => {
    const findings = await found(child(spec));
    expect(findings.filter(({ severity }) => severity !== 'info')).toEqual([]);
  });

  it.each([
    ['whole', {}],
    ['ending with 511 bytes', { shortFooter: true }],
    ['by QEMU', { creator: CREATORS.qemu }],
  ])('fixed, %s', async (_, spec) => {
    expect(isHealthy(await found(fixed(spec)))).toBe(true);
  });

  it('tells what is unusual in it all the same', async () => {
    const codes = async (spec: Partial<VhdSpec>) => (await found(dynamic(spec))).map(({ code }) => code);
    expect(await codes({ shortFooter: true })).toEqual(['footer.short']);
    expect(await codes({ blockSize: 4 * MIB })).toEqual(['header.block-size']);
    expect(await codes({ creator: CREATORS.virtualPc })).toEqual(['footer.geometry-size']);
    expect(await codes({})).toEqual([]);
  });

  it('takes hidden without a new checksum for what it is in early tapdisk images', async () => {
    const findings = await found(hideOldStyle(dynamic({ creator: CREATORS.tapdisk11 })));
    expect(findings.map(({ code, severity }) => [code, severity])).toEqual([['footer.hidden-checksum', 'info']]);
  });

  it('accepts the unused offset written with 32 bits, as the specification has it', async () => {
    expect(await found(patchHeader(dynamic(), { dataOffset: 0xffff_ffffn }))).toEqual([]);
  });

  it('does not take the footer of an image kept inside a guest for its own', async () => {
    const nested = fixed({ virtualSize: MIB, writes: [], id: '11111111-2222-4333-8444-555555555555' });
    const last = nested.extents.at(-1)!.bytes;
    const sector = 24 * 2048 + 2;
    const outer = dynamic({ writes: [{ sector, bytes: last }] });
    expect(await found(outer)).toEqual([]);
    // and with its own footer gone it is the copy that reads, not the guest's
    const cut = {
      ...outer,
      size: outer.places.footerAt,
      extents: outer.extents.filter(({ at }) => at < outer.places.footerAt),
    };
    expect((await found(cut)).map(({ code }) => code)).toEqual(['footer.missing']);
  });

  it('does not take a fixed disk whose guest keeps an image at its start for a dynamic one', async () => {
    const nested = dynamic({ virtualSize: MIB, writes: [], id: '11111111-2222-4333-8444-555555555555' });
    const writes = nested.extents.map(({ at, bytes }) => ({ sector: at / 512, bytes }));
    expect(isHealthy(await found(buildVhd({ kind: 'fixed', ...COMMON, writes })))).toBe(true);
  });
});

describe('files that are no VHDs', () => {
  const text = (content: string) => append({ size: 0, extents: [] }, content);
  it.each([
    ['empty', '', 'image.empty'],
    ['too small', '\x01\x02\x03', 'image.too-small'],
    ['text', 'From: root\nSubject: backup\n\nThe backup is done.\n', 'image.foreign'],
    ['a QCOW2 image', 'QFI\u00fb'.padEnd(4096, '\0'), 'image.foreign'],
    ['nothing known', '\x01'.padEnd(4096, '\x02'), 'image.unknown'],
  ])('%s', async (_, content, code) => {
    const bytes = Uint8Array.from(content, (character) => character.charCodeAt(0));
    const [finding, ...more] = await found(append({ size: 0, extents: [] }, bytes));
    expect(more).toEqual([]);
    expect(finding).toMatchObject({ code, severity: 'error' });
  });

  it('under a name of its own is only said', async () => {
    const [finding] = await found(text('Just a readme.\n'), { name: 'readme.txt' });
    expect(finding).toMatchObject({ code: 'image.foreign', severity: 'info' });
  });

  it('a raw disk has nothing to say', async () => {
    expect(await found(append({ size: 0, extents: [] }, 4096), { name: 'disk.raw' })).toEqual([]);
  });

  it('an image with bytes in front is judged as if they were not there', async () => {
    const image = dynamic();
    const shifted = {
      size: image.size + 100,
      extents: image.extents.map(({ at, bytes }) => ({ at: at + 100, bytes })),
    };
    const findings = await found(shifted);
    expect(findings.map(({ code, offset, length }) => [code, offset, length])).toEqual([['image.prefixed', 0, 100]]);
  });
});
