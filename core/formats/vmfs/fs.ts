import { bytes, u8, u16le, u32le, u64le, x32le, x64le } from '../../structure/codecs.ts';
import { type Confidence, row, structure } from '../../structure/structure.ts';
import { formatBytes } from '../../structure/text.ts';
import { explainVmfsId, mac6, micros64, seconds32, text, vmfsId } from './codecs.ts';
import { FS_LOCAL_MAGIC, FS_MAGIC } from './constants.ts';

const sure = (confidence: Confidence) => ({ confidence });

/** Major versions of the header and the names people know them by. */
const VERSIONS: Record<number, number> = { 4: 3, 14: 5, 24: 6 };

/** "3.31" for 4 and 31; the plain number where the header's own is not one we know. */
export function fsVersion(major: number, minor: number): string {
  return `${VERSIONS[major] ?? major}.${minor}`;
}

/** VMFS-3, VMFS-5, VMFS-6, or VMFS-L. */
export function fsName(magic: number, major: number): string {
  return magic === FS_LOCAL_MAGIC ? 'VMFS-L' : `VMFS-${VERSIONS[major] ?? '?'}`;
}

const MODES = ['private', 'shared', 'public', 'shared'];

/** What the bits of the mode say, those that we know. */
export function fsModeName(config: number): string {
  const parts = [MODES[config & 3] ?? ''];
  if (config & 4) parts.push('dense sub-blocks');
  if (config & 0x100) parts.push('local');
  return parts.join(', ');
}

export interface FsHeader {
  magic: number;
  majorVersion: number;
  minorVersion: number;
  uuid: string;
  config: number;
  label: string;
  diskBlockSize: number;
  blockSize: bigint;
  ctime: number;
  snapId: number;
  lvmUuid: string;
  lvmSnapId: number;
  rest1: Uint8Array;
  fdcClusterGroupOffset: number;
  fdcClustersPerGroup: number;
  subBlockSize: number;
  journalSlots: number;
  pb2Address: bigint;
  pb2Descriptor: number;
  hostUuid: string;
  generation: bigint;
  sddAddress: bigint;
  sddDescriptor: number;
  checksumType: number;
  unmapPriority: number;
  rest2: Uint8Array;
  checksum: Uint8Array;
  physicalBlockSize: number;
  mdAlignment: number;
  sfbToLfbShift: number;
  rest3: Uint8Array;
  pointerBlockShift: number;
  sfbAddressBits: number;
  rest4: Uint8Array;
  tbzGranularity: number;
  journalBlockSize: number;
  leaseMilliseconds: number;
  reclaimMilliseconds: number;
  localStamp: bigint;
  localMac: string;
  unmapMethod: number;
  unmapBandwidth1: number;
  unmapBandwidth2: number;
  unmapBandwidth3: number;
  rest5: Uint8Array;
}

/** The file system's header, in `.vh.sf`, 2 MiB into the logical volume. Past 0xdd older volumes hold zeros. */
export const fsHeader = structure<FsHeader>(
  'vmfs.fs',
  512,
  {
    title: 'File system header',
    help: 'The datastore’s own header: its id, label, version and block size. It stands 2 MiB into the logical volume, in the file .vh.sf.',
    spec: 'No public specification; read from real volumes, see docs/vmfs.md',
  },
  {
    magic: row(0x00, x32le, 'Marks the structure: 2fabf15e for VMFS, 2fabf15f for VMFS-L.', {
      ...sure('proven'),
      explain: (value) => (value === FS_MAGIC ? 'VMFS' : value === FS_LOCAL_MAGIC ? 'VMFS-L' : 'should be 0x2fabf15e'),
    }),
    majorVersion: row(0x04, u32le, 'Major version: 4 for VMFS-3, 14 for VMFS-5, 24 for VMFS-6.', {
      ...sure('proven'),
      explain: (value) => (value in VERSIONS ? `VMFS-${VERSIONS[value] ?? ''}` : 'not a version we know'),
    }),
    minorVersion: row(0x08, u8, 'Minor version, as in 3.31 or 5.61.', sure('proven')),
    uuid: row(0x09, vmfsId, 'The datastore’s id, as in /vmfs/volumes.', { ...sure('proven'), explain: explainVmfsId }),
    config: row(0x19, x32le, 'Mode: who may use the volume, and how.', { ...sure('seen'), explain: fsModeName }),
    label: row(0x1d, text(128), 'The datastore’s name.', sure('proven')),
    diskBlockSize: row(0x9d, u32le, 'Bytes in a sector of the device.', sure('proven')),
    blockSize: row(0xa1, u64le, 'Bytes in a file block.', { ...sure('proven'), explain: formatBytes }),
    ctime: row(0xa9, seconds32, 'When the file system was made.', sure('proven')),
    snapId: row(0xad, u32le, 'Snapshot number.', sure('seen')),
    lvmUuid: row(0xb1, vmfsId, 'Id of the logical volume it stands on: what ties it to the LVM header.', {
      ...sure('proven'),
      explain: explainVmfsId,
    }),
    lvmSnapId: row(0xc1, u32le, 'Snapshot number of that volume.', sure('proven')),
    rest1: row(0xc5, bytes(12), 'Rest of the volume’s name.', { reserved: true }),
    fdcClusterGroupOffset: row(0xd1, u32le, 'Where the groups begin in the file of descriptors.', sure('proven')),
    fdcClustersPerGroup: row(0xd5, u32le, 'Clusters of descriptors in a group.', sure('proven')),
    subBlockSize: row(0xd9, u32le, 'Bytes in a sub-block, for small files.', {
      ...sure('proven'),
      explain: formatBytes,
    }),
    journalSlots: row(0xdd, u32le, 'Journals there can be.', sure('reported')),
    pb2Address: row(0xe1, x64le, 'Where the second pointer blocks stand.', sure('reported')),
    pb2Descriptor: row(0xe9, x32le, 'Descriptor of their file.', sure('reported')),
    hostUuid: row(0xed, vmfsId, 'Host of a private volume.', { ...sure('reported'), explain: explainVmfsId }),
    generation: row(0xfd, u64le, 'Counts changes.', sure('reported')),
    sddAddress: row(0x105, x64le, 'Where the directory of system data stands.', sure('reported')),
    sddDescriptor: row(0x10d, x32le, 'Its descriptor.', sure('reported')),
    checksumType: row(0x111, u8, 'Kind of checksum.', sure('reported')),
    unmapPriority: row(0x112, u16le, 'How eagerly free space is given back to the array.', sure('reported')),
    rest2: row(0x114, bytes(4), 'Not known.', { reserved: true }),
    checksum: row(0x118, bytes(24), 'Checksum of the header.', sure('reported')),
    physicalBlockSize: row(0x130, u32le, 'Bytes in a physical sector.', sure('reported')),
    mdAlignment: row(0x134, u32le, 'What metadata is aligned to, in VMFS-6: 4,096.', sure('reported')),
    sfbToLfbShift: row(0x138, u16le, 'How many small file blocks make a large one, as a power of two.', {
      ...sure('reported'),
      explain: (value) => (value > 0 && value < 32 ? `${2 ** value} small blocks` : null),
    }),
    rest3: row(0x13a, bytes(4), 'Not known.', { reserved: true }),
    pointerBlockShift: row(0x13e, u16le, 'Entries in a pointer block, as a power of two.', sure('reported')),
    sfbAddressBits: row(0x140, u16le, 'Bits of a small block’s address.', sure('reported')),
    rest4: row(0x142, bytes(2), 'Not known.', { reserved: true }),
    tbzGranularity: row(0x144, u32le, 'Step in which blocks still to be zeroed are counted.', sure('reported')),
    journalBlockSize: row(0x148, u32le, 'Bytes in a journal block.', sure('reported')),
    leaseMilliseconds: row(0x14c, u32le, 'How long a lock lasts without a heartbeat.', sure('reported')),
    reclaimMilliseconds: row(0x150, u32le, 'How long others then wait.', sure('reported')),
    localStamp: row(0x154, micros64, 'Time stamp of a local volume.', sure('reported')),
    localMac: row(0x15c, mac6, 'Host of a local volume.', sure('reported')),
    unmapMethod: row(0x162, u8, 'How free space is given back.', sure('reported')),
    unmapBandwidth1: row(0x163, u32le, 'How fast free space is given back.', sure('reported')),
    unmapBandwidth2: row(0x167, u32le, 'How fast free space is given back, at least.', sure('reported')),
    unmapBandwidth3: row(0x16b, u32le, 'How fast free space is given back, at most.', sure('reported')),
    rest5: row(0x16f, bytes(145), 'Not known.', { reserved: true }),
  },
);
