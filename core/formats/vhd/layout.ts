import {
  ascii,
  bytes,
  type Codec,
  NIL_UUID,
  printable,
  toHex,
  u8,
  u32be,
  u64be,
  utf16,
  uuidBe,
  x32be,
  x64be,
} from '../../structure/codecs.ts';
import { row, structure } from '../../structure/structure.ts';
import { formatBytes } from '../../structure/text.ts';
import { BATMAP_COOKIE, FOOTER_COOKIE, HEADER_COOKIE, NO_OFFSET, POISON_COOKIE, vhdTimeToIso } from './constants.ts';
import { type Geometry, geometryBytes } from './geometry.ts';

const SPEC = 'Virtual Hard Disk Image Format Specification 1.0';

const vhdTime: Codec<number> = { ...u32be, kind: 'u32, seconds since 2000', toText: vhdTimeToIso };

const version: Codec<number> = { ...u32be, toText: (value) => `${value >>> 16}.${value & 0xffff}` };

const geometry: Codec<Geometry> = {
  kind: 'u16, u8, u8: cylinders, heads, sectors',
  length: 4,
  read: (source, at) => ({
    cylinders: (source[at] ?? 0) * 256 + (source[at + 1] ?? 0),
    heads: source[at + 2] ?? 0,
    sectors: source[at + 3] ?? 0,
  }),
  write: (target, at, { cylinders, heads, sectors }) => {
    target.set([cylinders >> 8, cylinders & 0xff, heads, sectors], at);
  },
  toJson: ({ cylinders, heads, sectors }) => `${cylinders}/${heads}/${sectors}`,
  toText: ({ cylinders, heads, sectors }) => `${cylinders}/${heads}/${sectors}`,
};

/** Creator applications seen in the wild, by the four bytes without trailing zeros and spaces. */
const CREATORS: Record<string, string> = {
  'vpc': 'Virtual PC',
  'vs': 'Virtual Server',
  'win': 'Windows, Hyper-V',
  'tap': 'XenServer tapdisk',
  'qemu': 'QEMU, size by geometry',
  'qem2': 'QEMU, size by current size',
  'vbox': 'VirtualBox',
  'd2v': 'Disk2vhd',
  'wa': 'Azure',
  'xo': 'Xen Orchestra',
  'caml': 'XAPI vhd-tool',
  'CTXS': 'Citrix',
  'MSFT': 'Microsoft',
};

const HOSTS: Record<string, string> = { 'Wi2k': 'Windows', 'Mac ': 'Macintosh', '\0\0\0\0': 'not set' };

const DISK_TYPES: Record<number, string> = {
  0: 'none',
  1: 'reserved, deprecated',
  2: 'fixed',
  3: 'dynamic',
  4: 'differencing',
  5: 'reserved, deprecated',
  6: 'reserved, deprecated',
};

/** What a creator's four characters stand for; null for one we have not met. */
export function creatorName(application: string): string | null {
  return CREATORS[printable(application)] ?? null;
}

export function diskTypeName(type: number): string {
  return DISK_TYPES[type] ?? 'unknown';
}

function explainFeatures(value: number): string {
  if (value === 2) return 'reserved bit set, as always';
  const parts = [];
  if (value & 1) parts.push('temporary disk');
  if (!(value & 2)) parts.push('the reserved bit is not set');
  if (value & ~3) parts.push('bits that have no meaning');
  return parts.length ? parts.join(', ') : 'reserved bit set';
}

export interface Footer {
  cookie: string;
  features: number;
  fileFormatVersion: number;
  dataOffset: bigint;
  timeStamp: number;
  creatorApplication: string;
  creatorVersion: number;
  creatorHostOs: string;
  originalSize: bigint;
  currentSize: bigint;
  diskGeometry: Geometry;
  diskType: number;
  checksum: number;
  uniqueId: string;
  savedState: number;
  hidden: number;
  reserved: Uint8Array;
}

/** The footer, and its copy at the start of dynamic and differencing images. */
export const footer = structure<Footer>(
  'vhd.footer',
  512,
  {
    title: 'Footer',
    help: 'Says what the disk is: its size, its kind, its id. It ends every VHD; dynamic and differencing ones begin with a copy.',
    spec: `${SPEC}, Hard Disk Footer Format`,
  },
  {
    cookie: row(0, ascii(8), 'Marks the structure: conectix in every VHD.', {
      explain: (value) =>
        value === FOOTER_COOKIE
          ? null
          : value === POISON_COOKIE
            ? 'disabled by blktap, as during a resize'
            : 'should be conectix',
    }),
    features: row(8, x32be, 'Bits that say what the disk supports; bit 1 is always set.', { explain: explainFeatures }),
    fileFormatVersion: row(12, version, 'Version of the format, major and minor; 1.0 is the only one.'),
    dataOffset: row(16, x64be, 'Where the dynamic header stands; all ones for a fixed disk.', {
      explain: (value) => (value === NO_OFFSET ? 'none, as for a fixed disk' : 'dynamic header'),
    }),
    timeStamp: row(24, vhdTime, 'When the image was created, in UTC.'),
    creatorApplication: row(28, ascii(4), 'Which program made the image.', { explain: creatorName }),
    creatorVersion: row(32, version, 'Version of that program, major and minor.'),
    creatorHostOs: row(36, ascii(4), 'Which system that program ran on.', { explain: (value) => HOSTS[value] ?? null }),
    originalSize: row(40, u64be, 'Size of the disk when it was made, in bytes.', { explain: formatBytes }),
    currentSize: row(48, u64be, 'Size of the disk now, in bytes: the size the guest sees.', { explain: formatBytes }),
    diskGeometry: row(
      56,
      geometry,
      'Cylinders, heads and sectors per track, for old guests; it is often smaller than the disk.',
      {
        explain: (value) => `${formatBytes(geometryBytes(value))} by CHS`,
      },
    ),
    diskType: row(60, u32be, 'Kind of disk: 2 fixed, 3 dynamic, 4 differencing.', { explain: diskTypeName }),
    checksum: row(
      64,
      x32be,
      "The one's complement of the sum of the footer's 512 bytes, with this field taken as zero.",
    ),
    uniqueId: row(68, uuidBe, 'Id of the image; children name their parent by it.', {
      explain: (value) => (value === NIL_UUID ? 'nil' : null),
    }),
    savedState: row(84, u8, '1 when the machine was suspended with this disk.', {
      explain: (value) => (value === 0 ? 'no' : value === 1 ? 'yes: the machine is suspended' : 'neither 0 nor 1'),
    }),
    hidden: row(
      85,
      u8,
      'XenServer: 1 when no machine uses the image itself, only its children. Reserved in the specification.',
      {
        explain: (value) => (value === 0 ? 'no' : value === 1 ? 'yes: only its children use it' : 'neither 0 nor 1'),
      },
    ),
    reserved: row(86, bytes(426), 'Reserved, zero.', { reserved: true }),
  },
);

export interface LocatorEntry {
  platformCode: string;
  dataSpace: number;
  dataLength: number;
  reserved: number;
  dataOffset: bigint;
}

/** Locator platform codes, by their four characters. */
export const LOCATOR_CODES: Record<string, string> = {
  '\0\0\0\0': 'not used',
  'Wi2r': 'Windows relative path, ASCII (deprecated)',
  'Wi2k': 'Windows absolute path, ASCII (deprecated)',
  'W2ru': 'Windows relative path, UTF-16',
  'W2ku': 'Windows absolute path, UTF-16',
  'Mac ': 'Mac OS alias',
  'MacX': 'file URL, UTF-8',
};

/** One of the eight parent locator entries of the dynamic header. */
export const locatorEntry = structure<LocatorEntry>(
  'vhd.locator',
  24,
  {
    title: 'Parent locator',
    help: "Says in one platform's own way where the parent is; the text itself stands at dataOffset.",
    spec: `${SPEC}, Parent Locator`,
  },
  {
    platformCode: row(0, ascii(4), 'Which kind of path this is.', {
      explain: (value) => LOCATOR_CODES[value] ?? 'unknown code',
    }),
    dataSpace: row(4, u32be, 'Room kept for the path: sectors in the specification, bytes in many images.'),
    dataLength: row(8, u32be, 'Length of the path in bytes.'),
    reserved: row(12, u32be, 'Reserved, zero.', { reserved: true }),
    dataOffset: row(16, x64be, 'Where in this file the path stands.'),
  },
);

const nestedLocator: Codec<LocatorEntry> = {
  kind: 'parent locator entry, 24 bytes',
  length: 24,
  read: (source, at) => locatorEntry.parse(source, at),
  write: (target, at, value) => {
    target.set(locatorEntry.serialise(value), at);
  },
  toJson: (value) => toHex(locatorEntry.serialise(value)),
  toText: (value) =>
    value.platformCode === '\0\0\0\0'
      ? 'not used'
      : `${printable(value.platformCode)}, ${value.dataLength} bytes at 0x${value.dataOffset.toString(16)}`,
};

const locatorRow = (index: number) =>
  row(
    576 + index * 24,
    nestedLocator,
    'Where to find the parent, in one platform’s own form: code, room, length, offset.',
  );

export interface DynamicHeader {
  cookie: string;
  dataOffset: bigint;
  tableOffset: bigint;
  headerVersion: number;
  maxTableEntries: number;
  blockSize: number;
  checksum: number;
  parentUniqueId: string;
  parentTimeStamp: number;
  reserved1: number;
  parentUnicodeName: string;
  parentLocator1: LocatorEntry;
  parentLocator2: LocatorEntry;
  parentLocator3: LocatorEntry;
  parentLocator4: LocatorEntry;
  parentLocator5: LocatorEntry;
  parentLocator6: LocatorEntry;
  parentLocator7: LocatorEntry;
  parentLocator8: LocatorEntry;
  reserved2: Uint8Array;
}

/** The header of dynamic and differencing images. */
export const dynamicHeader = structure<DynamicHeader>(
  'vhd.header',
  1024,
  {
    title: 'Dynamic header',
    help: 'Says where the block allocation table is, how large blocks are, and who the parent is.',
    spec: `${SPEC}, Dynamic Disk Header Format`,
  },
  {
    cookie: row(0, ascii(8), 'Marks the structure: cxsparse.', {
      explain: (value) => (value === HEADER_COOKIE ? null : 'should be cxsparse'),
    }),
    dataOffset: row(8, x64be, 'Not used; all ones.', {
      explain: (value) => (value === NO_OFFSET ? 'not used' : 'should be all ones'),
    }),
    tableOffset: row(16, x64be, 'Where the block allocation table starts.'),
    headerVersion: row(24, version, 'Version of this header; 1.0 is the only one.'),
    maxTableEntries: row(28, u32be, 'Entries in the block allocation table: the most blocks this disk can have.'),
    blockSize: row(32, u32be, 'Bytes of guest data in a block, without its sector bitmap; 2 MiB as a rule.', {
      explain: formatBytes,
    }),
    checksum: row(
      36,
      x32be,
      "The one's complement of the sum of the header's 1,024 bytes, with this field taken as zero.",
    ),
    parentUniqueId: row(40, uuidBe, "The parent's id; nil for a dynamic disk, and for XenServer's raw parents.", {
      explain: (value) => (value === NIL_UUID ? 'nil' : null),
    }),
    parentTimeStamp: row(56, vhdTime, "The parent's modification time when this child was made."),
    reserved1: row(60, u32be, 'Reserved, zero.', { reserved: true }),
    parentUnicodeName: row(64, utf16(512, 'big'), "The parent's name or path, UTF-16, ended by a zero."),
    parentLocator1: locatorRow(0),
    parentLocator2: locatorRow(1),
    parentLocator3: locatorRow(2),
    parentLocator4: locatorRow(3),
    parentLocator5: locatorRow(4),
    parentLocator6: locatorRow(5),
    parentLocator7: locatorRow(6),
    parentLocator8: locatorRow(7),
    reserved2: row(768, bytes(256), 'Reserved, zero.', { reserved: true }),
  },
);

export interface BatmapHeader {
  cookie: string;
  batmapOffset: bigint;
  batmapSize: number;
  batmapVersion: number;
  checksum: number;
  marker: number;
  keyHashCookie: number;
  keyHashNonce: Uint8Array;
  keyHash: Uint8Array;
  reserved: Uint8Array;
}

/** XenServer's batmap header, straight after the padded BAT. Source: blktap's include/vhd.h, as observed. */
export const batmapHeader = structure<BatmapHeader>(
  'vhd.batmap',
  512,
  {
    title: 'Batmap header',
    help: 'XenServer keeps one bit a block that says the block is full. It saves reading bitmaps; it can lie, and Platter does not believe it.',
    spec: 'blktap, include/vhd.h',
  },
  {
    cookie: row(0, ascii(8), 'Marks the structure: tdbatmap.', {
      explain: (value) => (value === BATMAP_COOKIE ? null : 'should be tdbatmap'),
    }),
    batmapOffset: row(8, x64be, 'Where the bits start.'),
    batmapSize: row(16, u32be, 'Sectors the bits take.'),
    batmapVersion: row(20, version, '1.1 sums its checksum over signed bytes, 1.2 over unsigned ones.'),
    checksum: row(24, x32be, "The one's complement of the sum of the map's bytes."),
    marker: row(28, u8, "XenServer's marker byte, free for the storage manager's use."),
    keyHashCookie: row(29, u8, '1 when a key hash follows: the disk is encrypted.', {
      explain: (value) => (value === 0 ? 'no key hash' : 'the disk is encrypted'),
    }),
    keyHashNonce: row(30, bytes(32), 'Nonce of the key hash.'),
    keyHash: row(62, bytes(32), 'Hash of the key the disk is encrypted with.'),
    reserved: row(94, bytes(418), 'Reserved.', { reserved: true }),
  },
);
