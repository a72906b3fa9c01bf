import { bytes, type Codec, printable, toHex, u8, u16le, u32le, x32le } from '../../structure/codecs.ts';
import { row, structure } from '../../structure/structure.ts';
import { formatBytes } from '../../structure/text.ts';

const SPEC = 'IBM PC partition table, as described in UEFI 2.10, 5.2 LBA 0 format';

export const MBR_SIGNATURE = Uint8Array.of(0x55, 0xaa);
export const BOOTABLE = 0x80;

/** A place on the disk as old BIOSes counted it: cylinder from 0, head from 0, sector from 1. */
export interface Chs {
  cylinder: number;
  head: number;
  sector: number;
}

/** What stands in the place of a CHS that three bytes cannot hold. */
export const CHS_TOO_FAR: Chs = { cylinder: 1023, head: 254, sector: 63 };

/** The CHS of a sector at 255 heads and 63 sectors a track, the translation every BIOS of large disks uses. */
export function chsFor(lba: number): Chs {
  const cylinder = Math.floor(lba / (255 * 63));
  if (cylinder > 1023) return CHS_TOO_FAR;
  return { cylinder, head: Math.floor(lba / 63) % 255, sector: (lba % 63) + 1 };
}

const chs: Codec<Chs> = {
  kind: 'head, sector and cylinder in 3 bytes',
  length: 3,
  read: (source, at) => ({
    head: source[at] ?? 0,
    sector: (source[at + 1] ?? 0) & 0x3f,
    cylinder: (((source[at + 1] ?? 0) & 0xc0) << 2) | (source[at + 2] ?? 0),
  }),
  write: (target, at, { cylinder, head, sector }) => {
    target.set([head, ((cylinder >> 2) & 0xc0) | (sector & 0x3f), cylinder & 0xff], at);
  },
  toJson: ({ cylinder, head, sector }) => `${cylinder}/${head}/${sector}`,
  toText: ({ cylinder, head, sector }) => `${cylinder}/${head}/${sector}`,
};

/** Partition types met on disks of virtual machines and their hosts. Where tools disagree on a name, both stand. */
const TYPES: Record<number, string> = {
  0x00: 'not used',
  0x01: 'FAT12',
  0x04: 'FAT16, under 32 MiB',
  0x05: 'extended, CHS',
  0x06: 'FAT16',
  0x07: 'NTFS, exFAT or HPFS',
  0x0b: 'FAT32, CHS',
  0x0c: 'FAT32, LBA',
  0x0e: 'FAT16, LBA',
  0x0f: 'extended, LBA',
  0x11: 'FAT12, hidden',
  0x12: 'vendor’s recovery partition',
  0x14: 'FAT16 under 32 MiB, hidden',
  0x16: 'FAT16, hidden',
  0x17: 'NTFS, hidden',
  0x1b: 'FAT32, hidden',
  0x1c: 'FAT32 LBA, hidden',
  0x27: 'Windows recovery',
  0x1e: 'FAT16 LBA, hidden',
  0x41: 'PowerPC PReP boot',
  0x42: 'Windows dynamic disk',
  0x63: 'Unix System V',
  0x64: 'Novell NetWare',
  0x65: 'Novell NetWare',
  0x81: 'Minix',
  0x82: 'Linux swap, or Solaris',
  0x83: 'Linux',
  0x84: 'hibernation',
  0x85: 'Linux extended',
  0x86: 'NTFS volume set',
  0x87: 'NTFS volume set',
  0x8e: 'Linux LVM',
  0xa5: 'FreeBSD',
  0xa6: 'OpenBSD',
  0xa8: 'macOS UFS',
  0xa9: 'NetBSD',
  0xab: 'macOS boot',
  0xaf: 'HFS or HFS+',
  0xbe: 'Solaris boot',
  0xbf: 'Solaris',
  0xda: 'data without a file system',
  0xde: 'Dell utility',
  0xe8: 'Linux LUKS',
  0xeb: 'BeOS',
  0xee: 'protective, a GPT follows',
  0xef: 'EFI system partition',
  0xfb: 'VMware VMFS',
  0xfc: 'VMware core dump or swap',
  0xfd: 'Linux RAID',
};

export function mbrTypeName(type: number): string {
  return TYPES[type] ?? 'unknown';
}

const hexByte: Codec<number> = { ...u8, toText: (value) => `0x${value.toString(16).padStart(2, '0')}` };

const sectors = (value: number): string => formatBytes(value * 512);

export interface MbrPartition {
  status: number;
  firstChs: Chs;
  type: number;
  lastChs: Chs;
  firstLba: number;
  sectorCount: number;
}

/** One of the four entries of an MBR, and of an extended boot record. */
export const mbrPartition = structure<MbrPartition>(
  'mbr.partition',
  16,
  {
    title: 'Partition entry',
    help: 'Says where one partition starts, how long it is and what it holds. In an extended boot record its start counts from elsewhere than the disk’s start.',
    spec: SPEC,
  },
  {
    status: row(0, hexByte, '0x80 marks the partition to boot from.', {
      explain: (value) => (value === BOOTABLE ? 'active' : value === 0 ? 'not active' : 'neither 0x80 nor 0'),
    }),
    firstChs: row(1, chs, 'First sector as cylinder, head and sector; only old BIOSes look at it.'),
    type: row(4, hexByte, 'What the partition holds.', { explain: mbrTypeName }),
    lastChs: row(5, chs, 'Last sector as cylinder, head and sector; 1023/254/63 when it lies too far for that.'),
    firstLba: row(8, u32le, 'First sector.', { explain: sectors }),
    sectorCount: row(12, u32le, 'Length in sectors; 2³² is the end of what an MBR can describe, 2 TiB.', {
      explain: sectors,
    }),
  },
);

const nestedPartition: Codec<MbrPartition> = {
  kind: 'partition entry, 16 bytes',
  length: 16,
  read: (source, at) => mbrPartition.parse(source, at),
  write: (target, at, value) => {
    target.set(mbrPartition.serialise(value), at);
  },
  toJson: (value) => toHex(mbrPartition.serialise(value)),
  toText: ({ type, firstLba, sectorCount }) =>
    type === 0 && sectorCount === 0 ? 'not used' : `${hexByte.toText(type)}, ${sectorCount} sectors from ${firstLba}`,
};

const partitionRow = (index: number) =>
  row(446 + index * 16, nestedPartition, 'One of four partitions: whether active, type, start, length.', {
    explain: ({ type, sectorCount }) => (type === 0 ? null : `${mbrTypeName(type)}, ${sectors(sectorCount)}`),
  });

export interface Mbr {
  bootCode: Uint8Array;
  diskSignature: number;
  copyProtected: number;
  partition1: MbrPartition;
  partition2: MbrPartition;
  partition3: MbrPartition;
  partition4: MbrPartition;
  signature: Uint8Array;
}

/** The first sector of a partitioned disk; an extended boot record has the same form and uses two entries of it. */
export const mbr = structure<Mbr>(
  'mbr.sector',
  512,
  {
    title: 'Master boot record',
    help: 'The first sector of the disk: code to boot with, up to four partitions, and a signature that says so.',
    spec: SPEC,
  },
  {
    bootCode: row(0, bytes(440), 'Code the BIOS starts; all zero on a disk nobody boots from.', {
      explain: (value) => loaderName(printable(String.fromCharCode(...value))),
    }),
    diskSignature: row(440, x32le, 'Number by which Windows, and Linux in PARTUUID, know the disk.'),
    copyProtected: row(444, u16le, 'Zero as a rule; 0x5a5a once meant copy-protected.', {
      reserved: true,
      explain: (value) => (value === 0x5a5a ? 'copy-protected' : null),
    }),
    partition1: partitionRow(0),
    partition2: partitionRow(1),
    partition3: partitionRow(2),
    partition4: partitionRow(3),
    signature: row(510, bytes(2), 'Marks the sector: 55 aa.', {
      explain: ([first, second]) => (first === 0x55 && second === 0xaa ? null : 'should be 55aa'),
    }),
  },
);

function loaderName(text: string): string | null {
  if (text.includes('GRUB')) return 'GRUB';
  if (text.includes('Invalid partition table')) return 'Microsoft’s boot code';
  return null;
}
