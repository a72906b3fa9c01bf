import { decodeUtf16, NIL_UUID, toHex, uuidBe } from '../../structure/codecs.ts';
import { vmfsId } from '../vmfs/codecs.ts';
import { FS_AT, FS_LOCAL_MAGIC, FS_MAGIC, LVM_AT, LVM_MAGIC } from '../vmfs/constants.ts';
import { be16, be32, type FileSystem, found, label, le16, le32, le64, type Probe, showsAt, sizeOf } from './probe.ts';

const HFS_AT = 1024;

export async function hfs(probe: Probe): Promise<FileSystem | null> {
  const { head } = probe;
  if (showsAt(head, HFS_AT, 'BD') && be32(head, HFS_AT + 20) % 512 === 0 && be32(head, HFS_AT + 20) > 0)
    return found('hfs', 'HFS', {
      label: label(head, HFS_AT + 37, Math.min(27, head[HFS_AT + 36] ?? 0)),
      size: sizeOf(be16(head, HFS_AT + 18), be32(head, HFS_AT + 20)),
    });
  const extended = showsAt(head, HFS_AT, 'HX');
  const version = be16(head, HFS_AT + 2);
  if ((!extended && !showsAt(head, HFS_AT, 'H+')) || version < 4 || version > 5) return null;
  const attributes = be32(head, HFS_AT + 4);
  const block = be32(head, HFS_AT + 40);
  const journaled = (attributes & 0x2000) !== 0;
  const unmounted = (attributes & 0x100) !== 0;
  const id = toHex(head.subarray(HFS_AT + 104, HFS_AT + 112));
  return found('hfsplus', extended ? 'HFSX' : 'HFS+', {
    label: await hfsLabel(probe, block),
    id: /^0+$/.test(id) ? null : id,
    size: sizeOf(be32(head, HFS_AT + 44), block),
    state: attributes & 0x800 ? 'dirty' : unmounted ? 'clean' : journaled ? 'needs-recovery' : 'dirty',
    note: attributes & 0x800 ? 'marked inconsistent' : !unmounted && journaled ? 'needs journal recovery' : null,
  });
}

/** Name of the root folder: the first record of the catalogue's first leaf. */
async function hfsLabel(probe: Probe, block: number): Promise<string | null> {
  const catalogue = be32(probe.head, HFS_AT + 272 + 16) * block;
  const length = be32(probe.head, HFS_AT + 272 + 20) * block;
  if (block < 512 || catalogue === 0) return null;
  const header = await probe.read(catalogue, 64);
  const node = be16(header, 32);
  const leaf = be32(header, 24) * node;
  if (node < 512 || leaf >= length) return null;
  const bytes = await probe.read(catalogue + leaf, 1024);
  if (be32(bytes, 16) !== 1) return null;
  const name = decodeUtf16(bytes.subarray(22, 22 + be16(bytes, 20) * 2), 'big');
  return name === '' ? null : name;
}

export function apfs({ head }: Probe): FileSystem | null {
  if (!showsAt(head, 32, 'NXSB')) return null;
  return found('apfs', 'APFS container', {
    id: uuidBe.read(head, 72) === NIL_UUID ? null : uuidBe.read(head, 72),
    size: sizeOf(le64(head, 40), le32(head, 36)),
  });
}

const ISO_AT = 32_768;

export function iso9660({ head }: Probe): FileSystem | null {
  if (!showsAt(head, ISO_AT + 1, 'CD001') || head[ISO_AT] !== 1) return null;
  const date = (at: number): string | null => {
    const text = label(head, ISO_AT + at, 16);
    const match = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/.exec(text ?? '');
    return match && match[1] !== '0000' ? match.slice(1).join('-') : null;
  };
  return found('iso9660', 'ISO 9660', {
    label: label(head, ISO_AT + 40, 32),
    id: date(830) ?? date(813),
    size: sizeOf(le32(head, ISO_AT + 80), le16(head, ISO_AT + 128)),
  });
}

/** The LVM header of a VMFS volume; platter vmfs decodes it. Label and id are those of the datastore, where it has begun here. */
export async function vmfs(probe: Probe): Promise<FileSystem | null> {
  const lvm = await probe.read(LVM_AT, 512);
  const member = le32(lvm, 0) === LVM_MAGIC;
  const at = (member ? le64(lvm, 0x7a) : 0) + FS_AT;
  const fs = await probe.read(at, 512);
  const shown = le32(fs, 0) === FS_MAGIC || le32(fs, 0) === FS_LOCAL_MAGIC;
  if (!member && !shown) return null;
  return found('vmfs', le32(fs, 0) === FS_LOCAL_MAGIC ? 'VMFS-L' : 'VMFS', {
    label: shown ? label(fs, 0x1d, 128) : null,
    id: shown ? vmfsId.read(fs, 9) : null,
    size: member ? sizeOf(le64(lvm, 0x5e), 1) : null,
    note: member ? null : 'the logical volume itself, without its LVM header',
  });
}
