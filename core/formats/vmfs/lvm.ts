import { ascii, bytes, type Codec, toHex, u8, u16le, u32le, u64le, x32le, x64le } from '../../structure/codecs.ts';
import { type Confidence, row, structure } from '../../structure/structure.ts';
import { formatBytes, formatCount } from '../../structure/text.ts';
import { explainVmfsId, ipv4, micros64, text, vmfsId } from './codecs.ts';
import { HEARTBEAT_FREE, HEARTBEAT_IN_USE, LVM_MAGIC } from './constants.ts';

/** VMware has published none of this: docs/vmfs.md says where each reading comes from. */
const SPEC = 'No public specification; read from real volumes, see docs/vmfs.md';

/** Shown without the zeros behind it. */
const idBytes: Codec<Uint8Array> = {
  ...bytes(44),
  toText: (value) => toHex(value).replace(/(?:00)+$/, ''),
};

const sure = (confidence: Confidence) => ({ confidence });

/** What kinds of disk id there are, by the number in the header and in vml paths. */
const DISK_ID_TYPES: Record<number, string> = {
  0: 'path name',
  1: 'serial number, T10',
  2: 'NAA or EUI, page 83',
  3: 'Symmetrix',
  5: 'hash, NVMe',
};

export function diskIdTypeName(type: number): string {
  return DISK_ID_TYPES[type] ?? 'unknown';
}

/** SCSI peripheral device types met here. */
export function deviceTypeName(type: number): string {
  return type === 0 ? 'disk' : type === 5 ? 'CD-ROM' : 'unknown';
}

export interface LvmHeader {
  magic: number;
  majorVersion: number;
  minorVersion: number;
  diskIdType: number;
  diskIdLength: number;
  lun: number;
  deviceType: number;
  scsiLevel: number;
  vendor: string;
  model: string;
  revision: string;
  diskId: Uint8Array;
  diskBlockSize: number;
  totalBytes: bigint;
  numVolumes: number;
  numPEs: number;
  lastPE: number;
  generation: bigint;
  dataOffset: bigint;
  deviceUuid: string;
  initTime: bigint;
  modTime: bigint;
  lockedBy: string;
  lockedWhen: bigint;
  ipAddress: string;
  numPEMaps: number;
  extendedMetadata: bigint;
  mdAlignment: number;
  secondPECount: number;
  flags: number;
  rest: Uint8Array;
}

/** The LVM device header, 1 MiB into a VMFS partition. */
export const lvmHeader = structure<LvmHeader>(
  'vmfs.lvm',
  512,
  {
    title: 'LVM device header',
    help: 'Names the device a VMFS volume was made on, its exact size and where its data begins. It stands 1 MiB into the partition.',
    spec: SPEC,
  },
  {
    magic: row(0x00, x32le, 'Marks the structure: c001d00d.', {
      ...sure('proven'),
      explain: (value) => (value === LVM_MAGIC ? null : 'should be 0xc001d00d'),
    }),
    majorVersion: row(0x04, u32le, 'Version of the volume manager: 3 for VMFS-3, 5 for VMFS-5, 6 for VMFS-6.', {
      ...sure('proven'),
      explain: (value) => (value >= 3 && value <= 6 ? null : 'not a version we know'),
    }),
    minorVersion: row(0x08, u32le, 'Minor version: 16 from ESX 3, 17 from ESX 4, 21 from ESXi 5.', sure('seen')),
    diskIdType: row(0x0c, u8, 'Kind of the device id.', { ...sure('proven'), explain: diskIdTypeName }),
    diskIdLength: row(0x0d, u8, 'Bytes of the device id that count.', sure('proven')),
    lun: row(0x0e, u16le, 'LUN the device was presented as; 0 can mean that it was not stored.', sure('proven')),
    deviceType: row(0x10, u8, 'SCSI peripheral device type.', { ...sure('reported'), explain: deviceTypeName }),
    scsiLevel: row(0x11, u8, 'SCSI version of the device; ESX 4 and later leave it 0.', sure('reported')),
    vendor: row(0x12, ascii(8), 'Vendor the device named; ESX 4 and later leave it blank.', sure('proven')),
    model: row(0x1a, ascii(16), 'Product the device named; ESX 4 and later leave it blank.', sure('proven')),
    revision: row(0x2a, ascii(4), 'Revision the device named; ESX 4 and later leave it blank.', sure('proven')),
    diskId: row(
      0x2e,
      idBytes,
      'Id of the device: its NAA, EUI or serial number, then the first six characters of its product. ESX compares it with what the array says.',
      sure('proven'),
    ),
    diskBlockSize: row(0x5a, u32le, 'Bytes in a sector of the device.', sure('proven')),
    totalBytes: row(0x5e, u64le, 'Exact size of the partition, in bytes.', {
      ...sure('proven'),
      explain: (value) => `${formatBytes(value)}, ${formatCount(value / 512n)} sectors of 512 bytes`,
    }),
    numVolumes: row(0x66, u32le, 'Volumes that have a part on this device.', sure('seen')),
    numPEs: row(0x6a, u32le, 'Physical extents on this device: of 256 MiB each up to version 5.', sure('proven')),
    lastPE: row(0x6e, u32le, 'Index of the last physical extent.', sure('proven')),
    generation: row(0x72, u64le, 'Counts changes of the header.', sure('seen')),
    dataOffset: row(
      0x7a,
      x64le,
      'Where the data begins, from the partition’s start; the file system’s header is 2 MiB behind it.',
      sure('proven'),
    ),
    deviceUuid: row(0x82, vmfsId, 'Id of this device, not of the datastore.', {
      ...sure('proven'),
      explain: explainVmfsId,
    }),
    initTime: row(0x92, micros64, 'When the header was made.', sure('proven')),
    modTime: row(0x9a, micros64, 'When the header was last changed.', sure('proven')),
    lockedBy: row(0xa2, vmfsId, 'Host that holds the lock on the header.', {
      ...sure('reported'),
      explain: explainVmfsId,
    }),
    lockedWhen: row(0xb2, micros64, 'When it took the lock.', sure('reported')),
    ipAddress: row(
      0xba,
      ipv4,
      'Holds the IPv4 address of a host on some volumes that ESX 4 or later has touched; zero elsewhere.',
      sure('inferred'),
    ),
    numPEMaps: row(0xbe, u32le, 'Maps of physical extents; 0 from ESX 3 and 4.', sure('seen')),
    extendedMetadata: row(0xc2, x64le, 'Where more device metadata stands, on huge devices; 0 for none.', {
      ...sure('reported'),
      explain: (value) => (value === 0n ? 'none' : null),
    }),
    mdAlignment: row(0xca, u32le, 'What metadata is aligned to, in VMFS-6: 4,096.', sure('reported')),
    secondPECount: row(0xce, u32le, 'A second count of physical extents, in VMFS-6; its use is not clear.', {
      ...sure('reported'),
    }),
    flags: row(0xd2, x32le, 'Bit 0: a local VMFS (VMFS-L).', {
      ...sure('reported'),
      explain: (value) => (value & 1 ? 'VMFS-L' : null),
    }),
    rest: row(0xd6, bytes(298), 'Not known.', { reserved: true }),
  },
);

const VOLUME_STATES: Record<number, string> = {
  0: 'not used',
  1: 'normal',
  2: 'resignature pending',
  3: 'resignature done',
};

export interface LvmVolume {
  logicalSize: bigint;
  generation: bigint;
  state: number;
  name: string;
  uuid: string;
  snapId: number;
  creationTime: bigint;
  volumeId: number;
  numPEs: number;
  firstPE: bigint;
  lastPE: bigint;
  modTime: bigint;
  numDevices: number;
  rest1: Uint8Array;
  consumedPEs: number;
  rest2: Uint8Array;
}

/** A slot of the volume table: which part of a logical volume is on this device. */
export const lvmVolume = structure<LvmVolume>(
  'vmfs.volume',
  512,
  {
    title: 'Volume descriptor',
    help: 'Says which logical volume this device belongs to, and which part of it is here. All extents of a spanned volume share its id.',
    spec: SPEC,
  },
  {
    logicalSize: row(0x00, u64le, 'Size of the logical volume over all its extents.', {
      ...sure('proven'),
      explain: formatBytes,
    }),
    generation: row(
      0x08,
      u64le,
      'Counts changes; physical extents and devices together in all that was seen.',
      sure('seen'),
    ),
    state: row(0x10, u32le, 'Whether the volume is in use, or being resignatured.', {
      ...sure('reported'),
      explain: (value) => VOLUME_STATES[value] ?? 'unknown',
    }),
    name: row(0x14, text(64), 'The volume’s name: its id as text.', sure('proven')),
    uuid: row(0x54, vmfsId, 'Id of the logical volume; the file system names it. Not the datastore’s id.', {
      ...sure('proven'),
      explain: explainVmfsId,
    }),
    snapId: row(0x64, u32le, 'Snapshot number of the volume.', sure('proven')),
    creationTime: row(0x68, micros64, 'When the volume was made.', sure('proven')),
    volumeId: row(0x70, u32le, 'Number of the volume on this device.', sure('proven')),
    numPEs: row(0x74, u32le, 'Physical extents of this device in the volume.', sure('proven')),
    firstPE: row(0x78, u64le, 'First of them, counted over the volume; 0 on the head extent.', sure('proven')),
    lastPE: row(0x80, u64le, 'Last of them.', sure('proven')),
    modTime: row(0x88, micros64, 'When the descriptor was last changed.', sure('proven')),
    numDevices: row(0x90, u32le, 'Devices the volume spans.', sure('proven')),
    rest1: row(0x94, bytes(124), 'Not known.', { reserved: true }),
    consumedPEs: row(0x110, u32le, 'Physical extents in use.', sure('reported')),
    rest2: row(0x114, bytes(236), 'Not known.', { reserved: true }),
  },
);

export interface LvmExtent {
  used: number;
  peId: number;
  volumeId: number;
  physicalOffset: bigint;
  logicalOffset: bigint;
  extentLength: bigint;
  version: number;
  rest: Uint8Array;
}

/** An entry of the table of physical extents: which bytes of the device are which bytes of the volume. */
export const lvmExtent = structure<LvmExtent>(
  'vmfs.pe',
  128,
  {
    title: 'Physical extent',
    help: 'Maps a run of the device to a run of the logical volume.',
    spec: SPEC,
  },
  {
    used: row(0x00, u8, '1 when the extent is in a volume.', sure('proven')),
    peId: row(0x01, u32le, 'Number of the extent.', sure('proven')),
    volumeId: row(0x05, u32le, 'Volume it belongs to.', sure('proven')),
    physicalOffset: row(0x09, x64le, 'Where it stands, from the partition’s start.', sure('proven')),
    logicalOffset: row(0x11, x64le, 'Where it stands in the volume.', sure('proven')),
    extentLength: row(0x19, u64le, 'Its length.', { ...sure('proven'), explain: formatBytes }),
    version: row(0x21, u32le, 'Version of the entry.', sure('proven')),
    rest: row(0x25, bytes(91), 'Not known.', { reserved: true }),
  },
);

export interface Heartbeat {
  magic: number;
  offset: bigint;
  sequence: bigint;
  uptime: bigint;
  owner: string;
  journalBlock: number;
  rest: Uint8Array;
}

/** A slot of the heartbeat region: a host that has the volume mounted counts here. */
export const heartbeat = structure<Heartbeat>(
  'vmfs.heartbeat',
  512,
  {
    title: 'Heartbeat',
    help: 'A host that has the volume mounted keeps a slot and counts in it; others see that it lives.',
    spec: SPEC,
  },
  {
    magic: row(0x00, x32le, 'Marks the slot: free or in use.', {
      ...sure('proven'),
      explain: (value) => (value === HEARTBEAT_IN_USE ? 'in use' : value === HEARTBEAT_FREE ? 'free' : 'damaged'),
    }),
    offset: row(0x04, x64le, 'Its own place in the logical volume.', sure('proven')),
    sequence: row(0x0c, u64le, 'Counts up while the host lives.', sure('proven')),
    uptime: row(0x14, u64le, 'Microseconds the host had been up.', sure('proven')),
    owner: row(0x1c, vmfsId, 'Id of the host; its end is the MAC address.', {
      ...sure('proven'),
      explain: explainVmfsId,
    }),
    journalBlock: row(0x2c, u32le, 'Block of the host’s journal.', sure('proven')),
    rest: row(0x30, bytes(464), 'Not known.', { reserved: true }),
  },
);
