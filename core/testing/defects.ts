import { bitmapHas, bitmapLength } from '../formats/vhd/bitmap.ts';
import type { BuiltVhd } from '../formats/vhd/build/spec.ts';
import { NO_OFFSET, SECTOR, TYPE_DIFFERENCING, TYPE_FIXED, UNALLOCATED } from '../formats/vhd/constants.ts';
import { dynamicHeader, footer } from '../formats/vhd/layout.ts';
import { readSparse, type SparseImage } from '../io/sparse.ts';
import { encodeUtf16, NIL_UUID } from '../structure/codecs.ts';
import {
  append,
  blockPlace,
  blockSector,
  clearBitmap,
  cut,
  dropFooter,
  flipBit,
  guestOverFooter,
  overwrite,
  patchBatmap,
  patchFooter,
  patchHeader,
  setBatEntry,
  setBatmapBit,
  shift,
  zero,
  zeroFooter,
} from './damage.ts';
import { random } from './random.ts';

/** One fault, and nothing else wrong. */
export type Defect = (image: BuiltVhd) => SparseImage;

/** What guests write over the end of a file, 512 bytes each. */
export const GUEST_BYTES = {
  log: guest('Mar  5 12:00:01 web01 sshd[812]: Accepted publickey for deploy from 10.0.3.7 port 51022\n'),
  registry: guest('regf\x05\0\0\0\x05\0\0\0'),
  utf16: guest(String.fromCharCode(...encodeUtf16('C:\\Windows\\System32\\config\\SOFTWARE\r\n', 'little'))),
};

function guest(text: string): Uint8Array {
  return Uint8Array.from({ length: SECTOR }, (_, i) => text.charCodeAt(i % text.length));
}

function junk(length: number): Uint8Array {
  return random(length).bytes(length);
}

/** A field's byte in a structure of the image. */
function footerField(image: BuiltVhd, name: Parameters<typeof footer.field>[0], which: 'end' | 'copy' = 'end'): number {
  return (which === 'end' ? image.places.footerAt : 0) + footer.field(name).offset;
}

function lastBlock(image: BuiltVhd): number {
  return [...image.places.blocks.keys()].at(-1) ?? 0;
}

function firstBlock(image: BuiltVhd): number {
  return [...image.places.blocks.keys()][0] ?? 0;
}

function unallocatedBlock(image: BuiltVhd): number {
  for (let block = 0; ; block += 1) if (!image.places.blocks.has(block)) return block;
}

/** A sector of the first allocated block that the image does not own. */
function sectorUnderClearBit(image: BuiltVhd): number {
  const { bitmapAt, dataAt } = blockPlace(image, firstBlock(image));
  const bitmap = readSparse(image, bitmapAt, dataAt - bitmapAt);
  let sector = 0;
  while (bitmapHas(bitmap, sector)) sector += 1;
  return dataAt + sector * SECTOR;
}

function parsedFooter(image: BuiltVhd) {
  return footer.parse(readSparse(image, image.places.copyAt ?? image.places.footerAt, SECTOR));
}

function parsedHeader(image: BuiltVhd) {
  return dynamicHeader.parse(readSparse(image, image.places.headerAt ?? 0, dynamicHeader.length));
}

/** A block appended over the footer: bitmap and data are there, the footer is not. */
function appended(image: BuiltVhd): SparseImage {
  const { blockSize } = parsedHeader(image);
  const bitmap = new Uint8Array(bitmapLength(blockSize)).fill(0xff);
  const at = image.places.footerAt;
  return append(overwrite(overwrite(image, at, bitmap), at + bitmap.length, junk(4096)), blockSize - 4096);
}

/**
 * For a tapdisk image, dynamic or differencing, with a batmap and at least two partly written blocks: one fault a name.
 * Footers edited in place have right checksums unless the name says otherwise.
 */
export const DEFECTS = {
  'footer-zeroed': (image) => zeroFooter(image, 'end'),
  'footer-guest-log': (image) => guestOverFooter(image, 'end', GUEST_BYTES.log),
  'footer-guest-registry': (image) => guestOverFooter(image, 'end', GUEST_BYTES.registry),
  'footer-guest-utf16': (image) => guestOverFooter(image, 'end', GUEST_BYTES.utf16),
  'footer-missing': dropFooter,
  'footer-short': (image) => cut(image, -1),
  'footer-truncated-37': (image) => cut(image, -37),
  'footer-truncated-300': (image) => cut(image, -300),
  'footer-shifted-37': (image) => shift(image, image.places.footerAt, 37),
  'footer-shifted-256': (image) => shift(image, image.places.footerAt, 256),
  'junk-after-footer-1': (image) => append(image, junk(1)),
  'junk-after-footer-511': (image) => append(image, junk(511)),
  'zeros-after-footer-512': (image) => append(image, SECTOR),
  'footer-bitflip-cookie': (image) => flipBit(image, footerField(image, 'cookie') + 3),
  'footer-bitflip-checksum': (image) => flipBit(image, footerField(image, 'checksum') + 1),
  'footer-bitflip-id': (image) => flipBit(image, footerField(image, 'uniqueId') + 2),
  'copy-zeroed': (image) => zeroFooter(image, 'copy'),
  'copy-bitflip': (image) => flipBit(image, footerField(image, 'currentSize', 'copy') + 5),
  'copy-guest-data': (image) => guestOverFooter(image, 'copy', GUEST_BYTES.log),
  'both-footers-zeroed': (image) => zeroFooter(image, 'both'),
  'both-footers-bitflip': (image) =>
    flipBit(flipBit(image, footerField(image, 'timeStamp')), footerField(image, 'uniqueId', 'copy')),
  'footers-differ': (image) => patchFooter(image, { hidden: 1 - parsedFooter(image).hidden }, 'end'),
  'footers-differ-in-size': (image) =>
    patchFooter(image, { currentSize: parsedFooter(image).currentSize - 512n }, 'end'),
  'header-checksum': (image) => patchHeader(image, { checksum: 1 }, { seal: false }),
  'header-bitflip': (image) => flipBit(image, (image.places.headerAt ?? 0) + 33),
  'header-zeroed': (image) => zero(image, image.places.headerAt ?? 0, 1024),
  'header-cookie': (image) => patchHeader(image, { cookie: 'cxspArse' }),
  'header-version': (image) => patchHeader(image, { headerVersion: 0x0002_0000 }),
  'bat-past-eof': (image) => setBatEntry(image, firstBlock(image), image.size / SECTOR + 4096),
  'bat-over-footer': (image) => setBatEntry(image, lastBlock(image), blockSector(image, lastBlock(image)) + 1),
  'bat-overlap-same': (image) => setBatEntry(image, lastBlock(image), blockSector(image, firstBlock(image))),
  'bat-overlap-partial': (image) => setBatEntry(image, lastBlock(image), blockSector(image, firstBlock(image)) + 8),
  'bat-in-metadata': (image) => setBatEntry(image, firstBlock(image), 1),
  'bat-zero': (image) => setBatEntry(image, firstBlock(image), 0),
  'bat-truncated': (image) => cut(image, (image.places.tableAt ?? 0) + 6),
  'block-unreferenced': (image) => setBatEntry(image, firstBlock(image), UNALLOCATED),
  'batmap-checksum': (image) => patchBatmap(image, { checksum: 1 }, { seal: false }),
  'batmap-cookie': (image) => patchBatmap(image, { cookie: 'tdbatmaX' }),
  'batmap-unallocated-full': (image) => setBatmapBit(image, unallocatedBlock(image), true),
  'batmap-partial-full': (image) => setBatmapBit(image, firstBlock(image), true),
  'data-under-clear-bitmap': (image) => overwrite(image, sectorUnderClearBit(image), GUEST_BYTES.log),
  'bitmap-cleared': (image) => clearBitmap(image, firstBlock(image)),
  'last-block-truncated': (image) => cut(image, blockPlace(image, lastBlock(image)).dataAt + 64 * 1024),
  'last-block-short': (image) => shift(image, image.places.footerAt, -64 * 1024),
  'crash-append-no-bat': appended,
  'crash-append-no-footer': (image) =>
    appended(setBatEntry(image, unallocatedBlock(image), image.places.footerAt / SECTOR)),
  'headers-only': (image) => cut(image, image.places.tableAt ?? 0),
  'type-deprecated': (image) => patchFooter(image, { diskType: 1 }, 'both'),
  'type-unknown': (image) => patchFooter(image, { diskType: 7 }, 'both'),
  'type-fixed-lie': (image) => patchFooter(image, { diskType: TYPE_FIXED }, 'both'),
  'file-format-version': (image) => patchFooter(image, { fileFormatVersion: 0x0002_0000 }, 'both'),
  'creator-version-new': (image) => patchFooter(image, { creatorVersion: 0x0001_0009 }, 'both'),
  'features-no-reserved': (image) => patchFooter(image, { features: 0 }, 'both'),
  'features-extra': (image) => patchFooter(image, { features: 0x8002 }, 'both'),
  'id-nil': (image) => patchFooter(image, { uniqueId: NIL_UUID }, 'both'),
  'timestamp-future': (image) => patchFooter(image, { timeStamp: 0xf000_0000 }, 'both'),
  'geometry-too-large': (image) =>
    patchFooter(image, { diskGeometry: { cylinders: 0xffff, heads: 16, sectors: 255 } }, 'both'),
  'reserved-nonzero': (image) => patchFooter(image, { reserved: new Uint8Array(426).fill(1, 100, 110) }, 'both'),
  'size-zero': (image) => patchFooter(image, { currentSize: 0n }, 'both'),
  'size-absurd': (image) => patchFooter(image, { currentSize: NO_OFFSET - 511n }, 'both'),
  'size-exceeds-table': (image) => patchFooter(image, { currentSize: parsedFooter(image).currentSize * 2n }, 'both'),
  'data-offset-bad': (image) => patchFooter(image, { dataOffset: 99n }, 'both'),
  'saved-state-bad': (image) => patchFooter(image, { savedState: 9 }, 'both'),
  'hidden-bad': (image) => patchFooter(image, { hidden: 7 }, 'both'),
  'max-entries-absurd': (image) => patchHeader(image, { maxTableEntries: 0xffff_ffff }),
  'max-entries-zero': (image) => patchHeader(image, { maxTableEntries: 0 }),
  'block-size-no-power': (image) => patchHeader(image, { blockSize: 3 * 1024 * 1024 }),
  'block-size-zero': (image) => patchHeader(image, { blockSize: 0 }),
  'block-size-tiny': (image) => patchHeader(image, { blockSize: SECTOR }),
  'table-past-eof': (image) => patchHeader(image, { tableOffset: 1n << 40n }),
  'table-unaligned': (image) => patchHeader(image, { tableOffset: BigInt(image.places.tableAt ?? 0) + 4n }),
  'table-in-header': (image) => patchHeader(image, { tableOffset: 1024n }),
} as const satisfies Record<string, Defect>;

export type DefectName = keyof typeof DEFECTS;

/** For a differencing image made like those of {@link DEFECTS}, with vhd-util's three locators. */
export const CHILD_DEFECTS = {
  'type-dynamic-lie': (image) => patchFooter(image, { diskType: 3 }, 'both'),
  'parent-time-future': (image) => patchHeader(image, { parentTimeStamp: 0xf000_0000 }),
  'parent-id-nil': (image) => patchHeader(image, { parentUniqueId: NIL_UUID }),
  'locator-outside': (image) => patchHeader(image, { parentLocator1: locator(image, { dataOffset: 1n << 40n }) }),
  'locator-in-table': (image) =>
    patchHeader(image, { parentLocator1: locator(image, { dataOffset: BigInt(image.places.tableAt ?? 0) }) }),
  'locator-length-absurd': (image) =>
    patchHeader(image, { parentLocator1: locator(image, { dataLength: 0xffff_ffff }) }),
  'locator-space-zero': (image) => patchHeader(image, { parentLocator1: locator(image, { dataSpace: 0 }) }),
  'locator-code-unknown': (image) => patchHeader(image, { parentLocator1: locator(image, { platformCode: 'Xxxx' }) }),
  'locator-duplicate': (image) => patchHeader(image, { parentLocator2: locator(image, {}) }),
  'locators-none': (image) => {
    const { parentLocator8: unused } = parsedHeader(image);
    return patchHeader(image, { parentLocator1: unused, parentLocator2: unused, parentLocator3: unused });
  },
  'locator-name-mismatch': (image) => patchHeader(image, { parentUnicodeName: 'somebody-else.vhd' }),
} as const satisfies Record<string, Defect>;

/** For a fixed image. */
export const FIXED_DEFECTS = {
  'fixed-footer-zeroed': (image) => zeroFooter(image, 'end'),
  'fixed-footer-missing': dropFooter,
  'fixed-size-mismatch': (image) => patchFooter(image, { currentSize: parsedFooter(image).currentSize + 4096n }, 'end'),
  'fixed-type-lie': (image) => patchFooter(image, { diskType: TYPE_DIFFERENCING }, 'end'),
} as const satisfies Record<string, Defect>;

function locator(image: BuiltVhd, change: Partial<ReturnType<typeof parsedHeader>['parentLocator1']>) {
  return { ...parsedHeader(image).parentLocator1, ...change };
}
