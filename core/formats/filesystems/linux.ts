import { NIL_UUID, uuidBe } from '../../structure/codecs.ts';
import {
  be16,
  be32,
  be64,
  type FileSystem,
  found,
  label,
  le16,
  le32,
  le64,
  type Probe,
  showsAt,
  sizeOf,
} from './probe.ts';

const uuid = (bytes: Uint8Array, at: number): string | null => {
  const text = uuidBe.read(bytes, at);
  return text === NIL_UUID ? null : text;
};

const EXT_AT = 1024;
/** Features that ext2 and ext3 have, too; all others came with ext4. */
const EXT3_INCOMPATIBLE = 0x0002 | 0x0004 | 0x0008 | 0x0010;
const EXT3_READ_ONLY = 0x0001 | 0x0002 | 0x0004;

export function ext({ head }: Probe): FileSystem | null {
  if (le16(head, EXT_AT + 0x38) !== 0xef53) return null;
  const logBlock = le32(head, EXT_AT + 0x18);
  if (logBlock > 6) return null;
  const compatible = le32(head, EXT_AT + 0x5c);
  const incompatible = le32(head, EXT_AT + 0x60);
  const readOnly = le32(head, EXT_AT + 0x64);
  const ext4 = (incompatible & ~EXT3_INCOMPATIBLE) !== 0 || (readOnly & ~EXT3_READ_ONLY) !== 0;
  const type = ext4 ? 'ext4' : compatible & 4 ? 'ext3' : 'ext2';
  const high = incompatible & 0x80 ? le32(head, EXT_AT + 0x150) * 2 ** 32 : 0;
  const state = le16(head, EXT_AT + 0x3a);
  const recovery = (incompatible & 4) !== 0;
  return found(incompatible & 8 ? 'jbd' : type, incompatible & 8 ? 'journal of an ext file system' : type, {
    label: label(head, EXT_AT + 0x78, 16),
    id: uuid(head, EXT_AT + 0x68),
    size: sizeOf(le32(head, EXT_AT + 4) + high, 1024 << logBlock),
    state: recovery ? 'needs-recovery' : state & 2 || !(state & 1) ? 'dirty' : 'clean',
    note: recovery ? 'needs journal recovery' : state & 2 ? 'has errors' : null,
  });
}

export function xfs({ head }: Probe): FileSystem | null {
  if (!showsAt(head, 0, 'XFSB')) return null;
  return found('xfs', 'XFS', {
    label: label(head, 108, 12),
    id: uuid(head, 32),
    size: sizeOf(be64(head, 8), be32(head, 4)),
  });
}

const BTRFS_AT = 65_536;

export function btrfs({ head }: Probe): FileSystem | null {
  if (!showsAt(head, BTRFS_AT + 0x40, '_BHRfS_M')) return null;
  const log = le64(head, BTRFS_AT + 0x60) !== 0;
  return found('btrfs', 'Btrfs', {
    label: label(head, BTRFS_AT + 0x12b, 256),
    id: uuid(head, BTRFS_AT + 0x20),
    size: sizeOf(le64(head, BTRFS_AT + 0x70), 1),
    state: log ? 'needs-recovery' : 'clean',
    note: log ? 'has a log to replay' : null,
  });
}

export function swap({ head }: Probe): FileSystem | null {
  for (const page of [4096, 8192, 16_384, 65_536]) {
    const at = page - 10;
    const suspended = showsAt(head, at, 'S1SUSPEND') || showsAt(head, at, 'S2SUSPEND');
    if (!suspended && !showsAt(head, at, 'SWAPSPACE2') && !showsAt(head, at, 'SWAP-SPACE')) continue;
    return found('swap', 'Linux swap', {
      label: label(head, 1052, 16),
      id: uuid(head, 1036),
      size: sizeOf(le32(head, 1028) + 1, page),
      note: suspended ? 'holds the memory of a suspended system' : null,
    });
  }
  return null;
}

export async function lvm2(probe: Probe): Promise<FileSystem | null> {
  for (let at = 0; at < 2048; at += 512) {
    const { head } = probe;
    if (!showsAt(head, at, 'LABELONE') || !showsAt(head, at + 24, 'LVM2 001')) continue;
    const header = at + le32(head, at + 20);
    if (header > 4096) return null;
    const id = label(head, header, 32)?.replace(/^(.{6})(.{4})(.{4})(.{4})(.{4})(.{4})(.{6})$/, '$1-$2-$3-$4-$5-$6-$7');
    const group = await volumeGroup(probe, header + 40);
    return found('lvm2', 'LVM2 physical volume', {
      label: group,
      id: id ?? null,
      size: sizeOf(le64(head, header + 32), 1),
      note: group === null ? null : `of the volume group ${group}`,
    });
  }
  return null;
}

/** Name of the volume group, by the metadata's first line; null when there is none yet. */
async function volumeGroup(probe: Probe, lists: number): Promise<string | null> {
  const { head } = probe;
  let at = lists;
  while (at < lists + 512 && le64(head, at) !== 0) at += 16;
  const area = le64(head, at + 16);
  if (area === 0 || !Number.isSafeInteger(area)) return null;
  const header = await probe.read(area, 512);
  if (!showsAt(header, 4, ' LVM2 x[5A%r0N*>')) return null;
  const text = label(await probe.read(area + le64(header, 40), 256), 0, 256);
  return /^([A-Za-z0-9+_.-]+) \{/.exec(text ?? '')?.[1] ?? null;
}

export function luks({ head }: Probe): FileSystem | null {
  const version = be16(head, 6);
  if (!showsAt(head, 0, 'LUKS\xba\xbe') || version < 1 || version > 2) return null;
  return found(`luks${version}`, `LUKS version ${version}, encrypted`, {
    id: label(head, 168, 40),
    label: version === 2 ? label(head, 24, 48) : null,
  });
}

const MD_MAGIC = 0xa92b4efc;

/** Members of Linux software RAID: the superblock stands at the start, 4 KiB in, or at the end. */
export async function linuxRaid(probe: Probe): Promise<FileSystem | null> {
  const { size } = probe;
  const places: [version: string, at: number][] = [
    ['1.1', 0],
    ['1.2', 4096],
    ['1.0', Math.floor((size - 8192) / 4096) * 4096],
    ['0.90', Math.floor(size / 65_536) * 65_536 - 65_536],
  ];
  for (const [version, at] of places) {
    if (at < 0 || at + 256 > size) continue;
    const bytes = await probe.read(at, 256);
    if (le32(bytes, 0) !== MD_MAGIC) continue;
    const old = version === '0.90';
    if (le32(bytes, 4) !== (old ? 0 : 1)) continue;
    // superblocks 1.x name their own place: one at the end may be an inner partition's
    if (!old && le64(bytes, 144) * 512 !== at) continue;
    const id = old ? oldRaidId(bytes) : uuid(bytes, 16);
    const level = le32(bytes, old ? 28 : 72) | 0;
    const named = old ? null : label(bytes, 32, 32);
    const size64 = old ? sizeOf(le32(bytes, 32), 1024) : sizeOf(le64(bytes, 80), 512);
    const note = `superblock ${version}, ${level >= 0 ? `RAID ${level}` : 'linear or another level'}`;
    return found('linux-raid', 'Linux RAID member', { id, label: named, size: size64, note });
  }
  return null;
}

function oldRaidId(bytes: Uint8Array): string {
  const word = (at: number): string => le32(bytes, at).toString(16).padStart(8, '0');
  const hex = word(20) + word(52) + word(56) + word(60);
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

const NVLIST_AT = 16 * 1024;

/** A pool's device: the label's list of names and values stands at 16 KiB, in XDR. */
export async function zfs(probe: Probe): Promise<FileSystem | null> {
  if (probe.size < 256 * 1024 || !showsAt(probe.head, NVLIST_AT, '\x01\x01\x00\x00\x00\x00\x00\x00')) return null;
  const list = await probe.read(NVLIST_AT, 16 * 1024);
  const pool = valueAt(list, 'pool_guid');
  if (pool === null) return null;
  const name = valueAt(list, 'name');
  const guid = (BigInt(be32(list, pool)) << 32n) | BigInt(be32(list, pool + 4));
  return found('zfs', 'ZFS pool member', {
    id: guid.toString(),
    label: name === null ? null : label(list, name + 4, Math.min(256, be32(list, name))),
  });
}

/** Where the value of a pair begins: the pair is two lengths, the name, a type and a count, each of four bytes. */
function valueAt(list: Uint8Array, name: string): number | null {
  const padded = Math.ceil(name.length / 4) * 4;
  for (let at = 12; at + padded + 16 < list.length; at += 4) {
    if (be32(list, at) === name.length && showsAt(list, at + 4, name)) return at + 4 + padded + 8;
  }
  return null;
}
