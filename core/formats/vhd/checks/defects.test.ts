import { describe, expect, it } from 'vitest';
import { patchHeader } from '../../../testing/damage.ts';
import { CHILD_DEFECTS, DEFECTS, type DefectName, FIXED_DEFECTS } from '../../../testing/defects.ts';
import { CREATORS } from '../build/spec.ts';
import { child, dynamic, fixed, lines } from './testing/found.ts';

/** What each defect is called, to the byte; places in braces differ between a base and a child. */
const SAID: Record<DefectName, string[]> = {
  'footer-zeroed': ['error footer.missing at {footer}+512'],
  'footer-guest-log': ['error footer.cookie at {footer}+8 cookie'],
  'footer-guest-registry': ['error footer.cookie at {footer}+8 cookie'],
  'footer-guest-utf16': ['error footer.cookie at {footer}+8 cookie'],
  'footer-missing': ['error footer.missing at {footer}+0'],
  'footer-short': ['info footer.short at {footer}+511'],
  'footer-truncated-37': ['error footer.missing at {footer}+475'],
  'footer-truncated-300': ['error footer.missing at {footer}+212'],
  'footer-shifted-37': ['warning image.unaligned at {footer}+37'],
  'footer-shifted-256': ['warning image.unaligned at {footer}+256'],
  'junk-after-footer-1': ['error image.trailing-bytes at {footer+512}+1'],
  'junk-after-footer-511': ['error image.trailing-bytes at {footer+512}+511'],
  'zeros-after-footer-512': ['error image.trailing-bytes at {footer+512}+512'],
  'footer-bitflip-cookie': ['error footer.cookie at {footer}+8 cookie'],
  'footer-bitflip-checksum': ['error footer.checksum at {footer+64}+4 checksum'],
  'footer-bitflip-id': ['error footer.checksum at {footer+68}+16 uniqueId'],
  'copy-zeroed': ['error footer-copy.missing at 0x0+512'],
  'copy-bitflip': ['error footer-copy.checksum at 0x30+8 currentSize'],
  'copy-guest-data': ['error footer-copy.cookie at 0x0+8 cookie'],
  'both-footers-zeroed': ['error footer.missing at {footer}+512', 'error footer-copy.missing at 0x0+512'],
  'both-footers-bitflip': [
    'error footer.checksum at {footer+24}+4 timeStamp',
    'error footer-copy.checksum at 0x44+16 uniqueId',
  ],
  'footers-differ': ['warning footer.copies-differ at {footer+85}+1 hidden'],
  'footers-differ-in-size': ['warning footer.copies-differ at {footer+48}+8 currentSize'],
  'header-checksum': ['error header.checksum at 0x224+4 checksum'],
  'header-bitflip': ['error header.checksum at 0x220+4 blockSize'],
  'header-zeroed': ['error header.missing at 0x200+1024'],
  'header-cookie': ['error header.cookie at 0x200+8 cookie'],
  'header-version': ['error header.version at 0x218+4 headerVersion'],
  'bat-past-eof': [
    'error bat.past-eof at 0x608+4 entry 2 lost 0x400000+0x200000',
    'info block.unreferenced at {free}+{gap}',
  ],
  'bat-over-footer': ['warning bat.over-footer at 0x630+4 entry 12'],
  'bat-overlap-same': [
    'error bat.overlap at 0x630+4 entry 12 lost 0x400000+0x200000 0x1800000+0x600',
    'info block.unreferenced at {beforeLast}+2101248',
  ],
  'bat-overlap-partial': [
    'error bat.overlap at 0x630+4 entry 12 lost 0x200000+0x200000 0x400e00+0x1ff200 0x1800000+0x600',
    'info block.unreferenced at {beforeLast}+2101248',
  ],
  'bat-in-metadata': [
    'error bat.in-metadata at 0x608+4 entry 2 lost 0x400000+0x200000',
    'info block.unreferenced at {free}+{gap}',
  ],
  'bat-zero': [
    'error bat.in-metadata at 0x608+4 entry 2 lost 0x400000+0x200000',
    'info block.unreferenced at {free}+{gap}',
  ],
  'bat-truncated': ['error footer.missing at 0x606+0', 'error bat.truncated at 0x600+4 lost 0x200000+0x1600600'],
  'block-unreferenced': ['warning block.unreferenced at {free}+{gap}'],
  'batmap-checksum': ['warning batmap.checksum at 0x818+4 checksum'],
  'batmap-cookie': ['warning batmap.cookie at 0x800+8 cookie'],
  'batmap-unallocated-full': ['warning batmap.unallocated-full at 0xa00+1 block 0'],
  'batmap-partial-full': ['{lie} batmap.partial-full at 0xa00+1 block 2'],
  'data-under-clear-bitmap': ['{clear}'],
  'bitmap-cleared': ['error bitmap.all-clear at {first}+512 bitmap of block 2 lost 0x400000+0xa00 0x47fe00+0x8000'],
  'last-block-truncated': ['error footer.missing at {last+66048}+0', 'warning block.truncated at {last}+66048'],
  'last-block-short': ['warning block.truncated at {last}+2032128'],
  'crash-append-no-bat': [
    'error footer.missing at {footer+2097152}+512',
    'info block.unreferenced at {footer}+2097664',
  ],
  'crash-append-no-footer': ['error footer.missing at {footer+2097664}+0'],
  'headers-only': ['error footer.missing at 0x600+0', 'error bat.truncated at 0x600+0 lost 0x0+0x1800600'],
  'type-deprecated': ['error footer.disk-type at {footer+60}+4 diskType'],
  'type-unknown': ['error footer.disk-type at {footer+60}+4 diskType'],
  'type-fixed-lie': ['error footer.disk-type at {footer+60}+4 diskType'],
  'file-format-version': ['error footer.version at {footer+12}+4 fileFormatVersion'],
  'creator-version-new': ['info footer.creator-version at {footer+32}+4 creatorVersion'],
  'features-no-reserved': ['warning footer.features at {footer+8}+4 features'],
  'features-extra': ['info footer.features at {footer+8}+4 features'],
  'id-nil': ['warning footer.uuid-nil at {footer+68}+16 uniqueId'],
  'timestamp-future': ['warning footer.timestamp-future at {footer+24}+4 timeStamp'],
  'geometry-too-large': ['info footer.geometry at {footer+56}+4 diskGeometry'],
  'reserved-nonzero': ['warning footer.reserved at {footer+186}+10 reserved'],
  'size-zero': ['error footer.size-zero at {footer+48}+8 currentSize'],
  'size-absurd': ['error footer.size-absurd at {footer+48}+8 currentSize'],
  'size-exceeds-table': ['error header.size-exceeds-table at 0x21c+4 maxTableEntries lost 0x1a00000+0x1600c00'],
  'data-offset-bad': ['error footer.data-offset at {footer+16}+8 dataOffset'],
  'saved-state-bad': ['warning footer.saved-state at {footer+84}+1 savedState'],
  'hidden-bad': ['warning footer.hidden at {footer+85}+1 hidden'],
  'max-entries-absurd': ['error header.max-entries at 0x21c+4 maxTableEntries'],
  'max-entries-zero': ['error header.max-entries at 0x21c+4 maxTableEntries'],
  'block-size-no-power': ['error header.block-size at 0x220+4 blockSize'],
  'block-size-zero': ['error header.block-size at 0x220+4 blockSize'],
  'block-size-tiny': ['error header.block-size at 0x220+4 blockSize'],
  'table-past-eof': ['error header.table-offset at 0x210+8 tableOffset'],
  'table-unaligned': ['error header.table-offset at 0x210+8 tableOffset'],
  'table-in-header': ['error header.table-offset at 0x210+8 tableOffset'],
};

/** Where the images of this test have what, and what is judged differently. */
interface Layout {
  footer: number;
  /** First block in the file, last one, and the end of the one before that. */
  first: number;
  last: number;
  beforeLast: number;
  /** What the first block leaves when it is gone. */
  free: number;
  gap: string;
  lie: string;
  clear: string;
}

const BASE: Layout = {
  footer: 0x603000,
  first: 0xe00,
  last: 0x402e00,
  beforeLast: 0x402000,
  free: 0xc00,
  gap: '2101760',
  lie: 'warning',
  clear: 'warning bitmap.data-under-clear at 0x1a00+512 bitmap of block 2 lost 0x400a00+0x200',
};
const CHILD: Layout = {
  footer: 0x604000,
  first: 0x1e00,
  last: 0x403e00,
  beforeLast: 0x403000,
  free: 0xc00,
  gap: '2105856',
  lie: 'error',
  clear: 'warning bitmap.data-under-clear at 0x2a00+512 bitmap of block 2 lost 0x400a00+0x200',
};

function spelled(texts: readonly string[], layout: Layout): string[] {
  const fill = (_: string, name: keyof Layout, more = '0'): string => {
    const value = layout[name];
    return typeof value === 'number' ? `0x${(value + Number(more)).toString(16)}` : value;
  };
  return texts.map((text) => text.replace(/\{(\w+)(?:\+(\d+))?\}/g, fill));
}

describe('each defect is said once, with its bytes and its loss', () => {
  it.each(Object.entries(DEFECTS))('in a dynamic image: %s', async (name, defect) => {
    expect(await lines(defect(dynamic()))).toEqual(spelled(SAID[name as DefectName], BASE));
  });

  it.each(Object.entries(DEFECTS))('in a child: %s', async (name, defect) => {
    expect(await lines(defect(child()))).toEqual(spelled(SAID[name as DefectName], CHILD));
  });
});

describe('defects of children', () => {
  const said: Record<keyof typeof CHILD_DEFECTS, string[]> = {
    'type-dynamic-lie': ['error header.parent-on-dynamic at 0x228+16 parentUniqueId'],
    'parent-time-future': ['warning parent.timestamp-future at 0x238+4 parentTimeStamp'],
    // a nil id means a raw parent: only the parent itself can contradict
    'parent-id-nil': [],
    'locator-outside': ['warning locator.outside at 0x450+8 parentLocator1.dataOffset'],
    'locator-in-table': ['warning locator.overlap at 0x450+8 parentLocator1.dataOffset'],
    'locator-length-absurd': ['warning locator.length at 0x448+4 parentLocator1.dataLength'],
    'locator-space-zero': ['warning locator.space at 0x444+4 parentLocator1.dataSpace'],
    'locator-code-unknown': ['warning locator.code at 0x440+4 parentLocator1.platformCode'],
    'locator-duplicate': ['warning locator.duplicate at 0x458+4 parentLocator2.platformCode'],
    'locators-none': ['warning locator.none at 0x440+192 parentLocator1'],
    'locator-name-mismatch': ['warning locator.name-mismatch at 0xc00+17 parentLocator1.text'],
  };
  it.each(Object.entries(CHILD_DEFECTS))('%s', async (name, defect) => {
    expect(await lines(defect(child()))).toEqual(said[name as keyof typeof said]);
  });

  it('a header that names no parent beside locators that do', async () => {
    const image = patchHeader(child(), { parentUnicodeName: '' });
    expect(await lines(image)).toEqual(['warning locator.name-mismatch at 0x240+512 parentUnicodeName']);
  });
});

describe('defects of fixed disks', () => {
  const said: Record<keyof typeof FIXED_DEFECTS, string[]> = {
    'fixed-footer-zeroed': ['error image.unknown at 0x1800600+512'],
    'fixed-footer-missing': ['error image.unknown at 0x1800400+512'],
    'fixed-size-mismatch': ['error fixed.size-mismatch at 0x1800630+8 currentSize lost 0x1800600+0x1000'],
    'fixed-type-lie': ['error footer.disk-type at 0x180063c+4 diskType'],
  };
  it.each(Object.entries(FIXED_DEFECTS))('%s', async (name, defect) => {
    expect(await lines(defect(fixed()))).toEqual(said[name as keyof typeof said]);
  });
});

describe('a defect is found in images of every make', () => {
  const makes = {
    'Hyper-V': dynamic({ creator: CREATORS.hyperV }),
    'tapdisk 1.1': dynamic({ creator: CREATORS.tapdisk11 }),
    'blocks of 512 KiB': dynamic({ blockSize: 512 * 1024 }),
    'blocks of 4 MiB': dynamic({ blockSize: 4 * 1024 * 1024 }),
    'the header and the table elsewhere': dynamic({ headerAt: 4096, tableAt: 8192 }),
    'a footer of 511 bytes': dynamic({ shortFooter: true }),
  };
  // what the make has not, or what is right in it
  const absent: Partial<Record<keyof typeof makes, RegExp>> = {
    'Hyper-V': /^batmap|creator-version/,
    'tapdisk 1.1': /batmap-cookie/,
    'the header and the table elsewhere': /both-footers-zeroed|table-in-header/,
    'a footer of 511 bytes': /footer-short|footer-truncated|junk-after|zeros-after|over-footer/,
  };
  for (const [make, image] of Object.entries(makes)) {
    it(make, async () => {
      for (const [name, defect] of Object.entries(DEFECTS)) {
        if (absent[make as keyof typeof makes]?.test(name)) continue;
        const [code] = spelled(SAID[name as DefectName], BASE).map((text) => text.split(' ')[1]);
        const said = (await lines(defect(image))).map((text) => text.split(' ')[1]);
        expect(said, name).toContain(code);
      }
    });
  }
});
