import { decodeUtf16, toHex, u64le } from '../../structure/codecs.ts';
import { type FileSystem, found, label, le16, le32, le64, orNull, type Probe, showsAt, sizeOf } from './probe.ts';

/** Bytes of a cluster, directory or record that are believed. */
const MAX_CLUSTER = 2 * 1024 * 1024;
const DIRECTORY = 64 * 1024;

const serial32 = (bytes: Uint8Array, at: number): string => {
  const hex = le32(bytes, at).toString(16).toUpperCase().padStart(8, '0');
  return `${hex.slice(0, 4)}-${hex.slice(4)}`;
};
const serial64 = (bytes: Uint8Array, at: number): string =>
  u64le.read(bytes, at).toString(16).toUpperCase().padStart(16, '0');

export async function ntfs(probe: Probe): Promise<FileSystem | null> {
  const { head } = probe;
  if (!probe.shows(3, 'NTFS    ')) return null;
  const sector = le16(head, 11);
  if (sector < 256 || sector > 4096) return null;
  const raw = head[13] ?? 0;
  const cluster = sector * (raw > 128 ? 2 ** (256 - raw) : raw);
  const size = sizeOf(le64(head, 40), sector);
  const known = { id: serial64(head, 72), size };
  const signed = ((head[64] ?? 0) << 24) >> 24;
  const record = signed > 0 ? signed * cluster : 2 ** -signed;
  const at = le64(head, 48) * cluster + 3 * record;
  const usable = cluster > 0 && cluster <= MAX_CLUSTER && record >= 512 && record <= 65_536 && Number.isSafeInteger(at);
  const volume = usable ? readVolumeRecord((await probe.read(at, record)).slice(), sector) : null;
  return found('ntfs', 'NTFS', { ...known, ...volume });
}

/** Name and state of the volume, by the file record of $Volume. */
function readVolumeRecord(bytes: Uint8Array, sector: number): Pick<FileSystem, 'label' | 'state' | 'note'> | null {
  if (!showsAt(bytes, 0, 'FILE')) return null;
  const fixups = le16(bytes, 4);
  for (let index = 1; index < le16(bytes, 6) && index * sector <= bytes.length; index += 1)
    bytes.set(bytes.subarray(fixups + index * 2, fixups + index * 2 + 2), index * sector - 2);
  const out: Pick<FileSystem, 'label' | 'state' | 'note'> = { label: null, state: null, note: null };
  for (let at = le16(bytes, 20); at + 24 <= bytes.length; ) {
    const type = le32(bytes, at);
    const length = le32(bytes, at + 4);
    if (type === 0xffff_ffff || length < 24) break;
    const value = at + le16(bytes, at + 20);
    if (type === 0x60) out.label = orNull(decodeUtf16(bytes.slice(value, value + le32(bytes, at + 16)), 'little'));
    if (type === 0x70) {
      const dirty = (le16(bytes, value + 10) & 1) !== 0;
      out.state = dirty ? 'dirty' : 'clean';
      out.note = dirty ? 'marked for a check' : null;
    }
    at += length;
  }
  return out;
}

export async function exfat(probe: Probe): Promise<FileSystem | null> {
  const { head } = probe;
  if (!probe.shows(3, 'EXFAT   ')) return null;
  const sector = 2 ** (head[108] ?? 0);
  const cluster = sector * 2 ** (head[109] ?? 0);
  if (sector < 512 || sector > 4096 || cluster > 32 * 1024 * 1024) return null;
  const flags = le16(head, 106);
  const root = le32(head, 88) * sector + (le32(head, 96) - 2) * cluster;
  const names = await probe.read(root, Math.min(cluster, DIRECTORY));
  let name: string | null = null;
  for (let at = 0; at + 32 <= names.length && names[at] !== 0; at += 32) {
    if (names[at] !== 0x83) continue;
    const units = Math.min(11, names[at + 1] ?? 0);
    name = orNull(decodeUtf16(names.slice(at + 2, at + 2 + units * 2), 'little'));
    break;
  }
  return found('exfat', 'exFAT', {
    label: name,
    id: serial32(head, 100),
    size: sizeOf(le64(head, 72), sector),
    state: flags & 2 ? 'dirty' : 'clean',
    note: flags & 4 ? 'media failures were seen' : null,
  });
}

export function refs({ head }: Probe): FileSystem | null {
  if (!showsAt(head, 3, 'ReFS\0\0\0\0')) return null;
  return found('refs', 'ReFS', { id: serial64(head, 56), size: sizeOf(le64(head, 24), le32(head, 32)) });
}

const BITLOCKER_TO_GO = '3bd66749292ed84a8399f6a339e3d001';

export function bitLocker({ head }: Probe): FileSystem | null {
  const toGo = toHex(head.subarray(424, 440)) === BITLOCKER_TO_GO;
  if (!showsAt(head, 3, '-FVE-FS-') && !toGo) return null;
  return found('bitlocker', 'BitLocker, encrypted', { note: toGo ? 'BitLocker To Go' : null });
}

export async function fat(probe: Probe): Promise<FileSystem | null> {
  const { head } = probe;
  const [jump, , nop] = head;
  const sector = le16(head, 11);
  const perCluster = head[13] ?? 0;
  const reserved = le16(head, 14);
  const copies = head[16] ?? 0;
  const media = head[21] ?? 0;
  const power = (value: number): boolean => value > 0 && (value & (value - 1)) === 0;
  const jumps = (jump === 0xeb && nop === 0x90) || jump === 0xe9;
  const plausible = jumps && power(sector) && sector >= 512 && sector <= 4096 && power(perCluster);
  if (!plausible || reserved === 0 || copies === 0 || copies > 4 || (media !== 0xf0 && media < 0xf8)) return null;
  const rootEntries = le16(head, 17);
  const total = le16(head, 19) || le32(head, 32);
  const table = le16(head, 22) || le32(head, 36);
  const rootSectors = Math.ceil((rootEntries * 32) / sector);
  const data = reserved + copies * table + rootSectors;
  if (table === 0 || total <= data) return null;
  const clusters = Math.floor((total - data) / perCluster);
  const wide = le16(head, 22) === 0 && rootEntries === 0;
  const bits = wide ? 32 : clusters < 4085 ? 12 : 16;
  const extended = wide ? 64 : 36;
  const boot = (head[extended + 2] ?? 0) === 0x29;
  const rootAt = wide ? (data + (le32(head, 44) - 2) * perCluster) * sector : (reserved + copies * table) * sector;
  const rootLength = Math.min(DIRECTORY, wide ? perCluster * sector : rootSectors * sector);
  const named = directoryLabel(await probe.read(rootAt, rootLength));
  const written = boot ? label(head, extended + 7, 11) : null;
  const second = await probe.read(reserved * sector, 8);
  const unclean =
    ((head[extended + 1] ?? 0) & 1) !== 0 ||
    (bits === 16 && !(le16(second, 2) & 0x8000)) ||
    (bits === 32 && !(le32(second, 4) & 0x0800_0000));
  return found(`fat${bits}`, `FAT${bits}`, {
    label: named ?? (written === 'NO NAME' ? null : written),
    id: boot ? serial32(head, extended + 3) : null,
    size: sizeOf(total, sector),
    state: unclean ? 'dirty' : 'clean',
  });
}

/** The entry of a root directory that names the volume. */
function directoryLabel(bytes: Uint8Array): string | null {
  for (let at = 0; at + 32 <= bytes.length && bytes[at] !== 0; at += 32) {
    const attributes = bytes[at + 11] ?? 0;
    if (bytes[at] !== 0xe5 && (attributes & 0x08) !== 0 && (attributes & 0x3f) !== 0x0f) return label(bytes, at, 11);
  }
  return null;
}
