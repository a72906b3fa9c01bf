import { BOOTABLE, chsFor, MBR_SIGNATURE, type MbrPartition, mbr } from '../../../core/formats/mbr/layout.ts';
import { encodeUtf16, uuidBe } from '../../../core/structure/codecs.ts';

/**
 * First sectors of disks and file systems as the sample's guests have them: right where tools look for a signature, a size
 * or a label, and nothing behind them. No file system here can be mounted.
 */

type Field = [at: number, width: 1 | 2 | 4, value: number] | [at: number, bytes: Uint8Array | string];

/** Little-endian numbers, ASCII text and bytes at their places. */
function record(length: number, fields: Field[]): Uint8Array {
  const bytes = new Uint8Array(length);
  for (const field of fields) {
    if (field.length === 2) {
      const [at, value] = field;
      bytes.set(typeof value === 'string' ? new TextEncoder().encode(value) : value, at);
      continue;
    }
    const [at, width, value] = field;
    for (let i = 0; i < width; i += 1) bytes[at + i] = Math.floor(value / 256 ** i) % 256;
  }
  return bytes;
}

export interface Partition {
  /** MBR type. */
  type: number;
  first: number;
  sectors: number;
  active?: boolean;
}

/** A master boot record with a short loader's words in it. */
export function bootRecord(signature: number, words: string, partitions: Partition[]): Uint8Array {
  const entry = (index: number): MbrPartition => {
    const { type, first, sectors, active } = partitions[index] ?? { type: 0, first: 0, sectors: 0 };
    const none = { cylinder: 0, head: 0, sector: 0 };
    return {
      status: active ? BOOTABLE : 0,
      firstChs: sectors === 0 ? none : chsFor(first),
      type,
      lastChs: sectors === 0 ? none : chsFor(first + sectors - 1),
      firstLba: first,
      sectorCount: sectors,
    };
  };
  return mbr.serialise({
    // jmp over the words, cli, hlt: it boots nothing
    bootCode: record(440, [
      [0, Uint8Array.of(0xeb, 0x3e, 0x90)],
      [0x40, Uint8Array.of(0xfa, 0xf4)],
      [0x180, words],
    ]),
    diskSignature: signature,
    copyProtected: 0,
    partition1: entry(0),
    partition2: entry(1),
    partition3: entry(2),
    partition4: entry(3),
    signature: MBR_SIGNATURE,
  });
}

export interface Ext4 {
  /** Bytes of the partition. */
  size: number;
  uuid: string;
  label: string;
  mountedOn: string;
  /** Seconds since 1970 of the last write. */
  written: number;
  mounts: number;
}

/** The superblock of ext4, 1,024 bytes that stand 1,024 bytes into the partition. */
export function ext4Superblock({ size, uuid, label, mountedOn, written, mounts }: Ext4): Uint8Array {
  const blocks = Math.floor(size / 4096);
  const groups = Math.ceil(blocks / 32_768);
  const id = new Uint8Array(16);
  uuidBe.write(id, 0, uuid);
  return record(1024, [
    [0, 4, groups * 8192],
    [4, 4, blocks],
    [12, 4, Math.floor(blocks * 0.71)],
    [16, 4, groups * 8192 - 40_213],
    [24, 4, 2],
    [28, 4, 2],
    [32, 4, 32_768],
    [36, 4, 32_768],
    [40, 4, 8192],
    [44, 4, written - 3600],
    [48, 4, written],
    [52, 2, mounts],
    [54, 2, 0xffff],
    [56, 2, 0xef53],
    [58, 2, 1],
    [60, 2, 1],
    [64, 4, written - 86_400],
    [76, 4, 1],
    [84, 4, 11],
    [88, 2, 256],
    // journal, attributes, resize inode, hashed folders; file types, extents, flexible groups
    [92, 4, 0x3c],
    [96, 4, 0x242],
    [100, 4, 0x7b],
    [104, id],
    [120, label],
    [136, mountedOn],
  ]);
}

/** The boot sector of a FAT16 partition that starts at sector `first`. */
export function fat16BootSector(first: number, sectors: number, label: string): Uint8Array {
  return record(512, [
    [0, Uint8Array.of(0xeb, 0x3c, 0x90)],
    [3, 'mkfs.fat'],
    [11, 2, 512],
    [13, 1, 4],
    [14, 2, 4],
    [16, 1, 2],
    [17, 2, 512],
    [21, 1, 0xf8],
    [22, 2, Math.ceil(sectors / 4 / 256)],
    [24, 2, 63],
    [26, 2, 255],
    [28, 4, first],
    [32, 4, sectors],
    [36, 1, 0x80],
    [38, 1, 0x29],
    [39, 4, 0x51a7_e5b1],
    [43, label.padEnd(11)],
    [54, 'FAT16   '],
    [510, MBR_SIGNATURE],
  ]);
}

/** The boot sector of an NTFS partition that starts at sector `first`. */
export function ntfsBootSector(first: number, sectors: number): Uint8Array {
  return record(512, [
    [0, Uint8Array.of(0xeb, 0x52, 0x90)],
    [3, 'NTFS    '],
    [11, 2, 512],
    [13, 1, 8],
    [21, 1, 0xf8],
    [24, 2, 63],
    [26, 2, 255],
    [28, 4, first],
    [36, 4, 0x0080_0080],
    [40, 4, sectors - 1],
    [48, 4, 786_432],
    [56, 4, 2],
    [64, 1, 0xf6],
    [68, 1, 1],
    [72, 4, 0x2c8f_11d0],
    [76, 4, 0x9a41_7733],
    [0x18a, 'A disk read error occurred'],
    [510, MBR_SIGNATURE],
  ]);
}

/** The header of a swap partition: its last bytes are the signature. */
export function swapHeader(pages: number): Uint8Array {
  return record(4096, [
    [1024, 4, 1],
    [1028, 4, pages - 1],
    [4086, 'SWAPSPACE2'],
  ]);
}

/** The first 512 bytes of a Windows registry hive, with its checksum. */
export function registryHive(path: string): Uint8Array {
  const bytes = record(512, [
    [0, 'regf'],
    [4, 4, 8814],
    [8, 4, 8814],
    [12, 4, 0x6e1a_2f00],
    [16, 4, 0x01dc_52f1],
    [20, 4, 1],
    [24, 4, 5],
    [32, 4, 1],
    [36, 4, 32],
    [40, 4, 0x0284_7000],
    [44, 4, 1],
    [48, encodeUtf16(path.slice(-31), 'little')],
  ]);
  const view = new DataView(bytes.buffer);
  let sum = 0;
  for (let at = 0; at < 508; at += 4) sum ^= view.getUint32(at, true);
  view.setUint32(508, sum >>> 0, true);
  return bytes;
}
