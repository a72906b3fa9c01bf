import type { Extent, Finding } from '../findings/finding.ts';
import { decodeVmfsId, microsecondsToIso, secondsToIso } from '../formats/vmfs/codecs.ts';
import { fsVersion } from '../formats/vmfs/fs.ts';
import { numberOrText, printable, toHex } from '../structure/codecs.ts';
import type { ReadDisk, ReadVolume } from './disk.ts';
import { composeVml, type DiskId, diskIdOf } from './disk-id.ts';
import type { VmfsVolume } from './found.ts';
import type { SnapshotAnswer } from './snapshot.ts';
import type { VmfsSpan } from './spans.ts';
import type { FsSighting, LvmDevice } from './volume.ts';

type Count = number | string;

/** An LVM header as JSON has it: every figure, decoded. Counts are texts where they are no safe integers. */
export interface LvmSummary {
  headerOffset: number;
  partitionStartByte: number;
  majorVersion: number;
  minorVersion: number;
  diskId: {
    type: number;
    length: number;
    lun: number;
    deviceType: number;
    scsiLevel: number;
    vendor: string;
    model: string;
    revision: string;
    idHex: string;
  };
  diskBlockSize: number;
  totalBytes: Count;
  totalSectors: Count;
  numVolumes: number;
  numPEs: number;
  lastPE: number;
  generation: Count;
  dataOffset: Count;
  deviceUuid: string;
  initTime: string | null;
  modTime: string | null;
  ipAtBA: string;
  numPEMaps: number;
  mdAlignment: number;
  flags: number;
  volume: VolumeSummary | null;
  deviceUuidCreated: string | null;
  hostMac: string | null;
  vml: string;
}

export interface VolumeSummary {
  logicalSize: Count;
  generation: Count;
  state: number;
  name: string;
  uuid: string;
  snapId: number;
  creationTime: string | null;
  volumeId: number;
  numPEs: number;
  firstPE: Count;
  lastPE: Count;
  modTime: string | null;
  numDevices: number;
}

/** A file system header as JSON has it. */
export interface FsSummary {
  offset: number;
  /** As `2fabf15e`. */
  magic: string;
  majorVersion: number;
  minorVersion: number;
  version: string;
  uuid: string;
  created: string | null;
  hostMac: string | null;
  config: number;
  label: string;
  diskBlockSize: number;
  blockSize: Count;
  ctime: string | null;
  snapId: number;
  lvmUuid: string;
  fdcClusterGroupOffset: number;
  fdcClustersPerGroup: number;
  subBlockSize: number;
  mdAlignment: number;
}

function summariseLvm(device: LvmDevice): LvmSummary {
  const { value, volume } = device;
  const id: DiskId = diskIdOf(value);
  const made = decodeVmfsId(value.deviceUuid);
  return {
    headerOffset: device.at,
    partitionStartByte: device.start,
    majorVersion: value.majorVersion,
    minorVersion: value.minorVersion,
    diskId: {
      type: value.diskIdType,
      length: value.diskIdLength,
      lun: value.lun,
      deviceType: value.deviceType,
      scsiLevel: value.scsiLevel,
      vendor: printable(value.vendor),
      model: printable(value.model),
      revision: printable(value.revision),
      idHex: toHex(id.id),
    },
    diskBlockSize: value.diskBlockSize,
    totalBytes: numberOrText(value.totalBytes),
    totalSectors: numberOrText(value.totalBytes / 512n),
    numVolumes: value.numVolumes,
    numPEs: value.numPEs,
    lastPE: value.lastPE,
    generation: numberOrText(value.generation),
    dataOffset: numberOrText(value.dataOffset),
    deviceUuid: value.deviceUuid,
    initTime: microsecondsToIso(value.initTime),
    modTime: microsecondsToIso(value.modTime),
    ipAtBA: value.ipAddress,
    numPEMaps: value.numPEMaps,
    mdAlignment: value.mdAlignment,
    flags: value.flags,
    volume: volume && {
      logicalSize: numberOrText(volume.logicalSize),
      generation: numberOrText(volume.generation),
      state: volume.state,
      name: volume.name,
      uuid: volume.uuid,
      snapId: volume.snapId,
      creationTime: microsecondsToIso(volume.creationTime),
      volumeId: volume.volumeId,
      numPEs: volume.numPEs,
      firstPE: numberOrText(volume.firstPE),
      lastPE: numberOrText(volume.lastPE),
      modTime: microsecondsToIso(volume.modTime),
      numDevices: volume.numDevices,
    },
    deviceUuidCreated: made?.created ?? null,
    hostMac: made?.hostMac ?? null,
    vml: composeVml(id),
  };
}

function summariseFs({ at, value }: FsSighting): FsSummary {
  const made = decodeVmfsId(value.uuid);
  return {
    offset: at,
    magic: value.magic.toString(16).padStart(8, '0'),
    majorVersion: value.majorVersion,
    minorVersion: value.minorVersion,
    version: fsVersion(value.majorVersion, value.minorVersion),
    uuid: value.uuid,
    created: made?.created ?? null,
    hostMac: made?.hostMac ?? null,
    config: value.config,
    label: value.label,
    diskBlockSize: value.diskBlockSize,
    blockSize: numberOrText(value.blockSize),
    ctime: secondsToIso(value.ctime),
    snapId: value.snapId,
    lvmUuid: value.lvmUuid,
    fdcClusterGroupOffset: value.fdcClusterGroupOffset,
    fdcClustersPerGroup: value.fdcClustersPerGroup,
    subBlockSize: value.subBlockSize,
    mdAlignment: value.mdAlignment,
  };
}

/** A volume as JSON and pages have it. */
export interface VmfsVolumeSummary {
  lvm: LvmSummary | null;
  fs: FsSummary | null;
  /** What ESX would make of it; null when nothing was said of what is presented, or there is no header to compare. */
  snapshot: SnapshotAnswer | null;
  /** How it was found. */
  found: VmfsVolume['found'];
  /** Number of the partition that begins where the volume does. */
  partition: number | null;
  /** Why it is not the live one; null for a live volume. */
  stale: string | null;
  /** Length of its partition in bytes, by its own header. */
  length: number | null;
  heartbeats: HeartbeatSummary | null;
  findings: Finding[];
}

export interface HeartbeatSummary {
  slots: number;
  /** Slots a host had taken, or that are damaged. */
  taken: {
    slot: number;
    offset: number;
    state: 'in-use' | 'damaged';
    owner: string;
    hostMac: string | null;
    uptimeSeconds: number;
  }[];
}

export function summariseVolume({ volume, snapshot, heartbeats }: ReadVolume): VmfsVolumeSummary {
  return {
    lvm: volume.lvm && summariseLvm(volume.lvm),
    fs: volume.fs && summariseFs(volume.fs),
    snapshot,
    found: volume.found,
    partition: volume.partition?.number ?? null,
    stale: volume.stale?.why ?? null,
    length: volume.length,
    heartbeats: heartbeats && {
      slots: heartbeats.slots,
      taken: heartbeats.taken.map(({ slot, at, state, owner, uptime }) => {
        const hostMac = decodeVmfsId(owner)?.hostMac ?? null;
        return { slot, offset: at, state, owner, hostMac, uptimeSeconds: Number(uptime / 1_000_000n) };
      }),
    },
    findings: volume.findings,
  };
}

/** What one disk holds of VMFS. */
export interface VmfsDiskSummary {
  size: number;
  /** By offset, stale ones too. */
  volumes: VmfsVolumeSummary[];
  /** What is wrong and belongs to no volume. */
  findings: Finding[];
  everySector: boolean;
  /** What could not be read in the search. */
  unread: Extent[];
}

export function summariseDisk({ size, volumes, findings, everySector, unread }: ReadDisk): VmfsDiskSummary {
  return { size, volumes: volumes.map(summariseVolume), findings, everySector, unread };
}

/** A logical volume over one or more devices. */
export interface VmfsSpanSummary {
  uuid: string;
  snapId: number;
  label: string | null;
  datastore: string | null;
  numDevices: number;
  complete: boolean;
  /** By their place in the volume; `disk` counts the disks given. */
  extents: { disk: number; deviceUuid: string; firstPE: number; lastPE: number }[];
  missing: { firstPE: number; lastPE: number }[];
}

export function summariseSpan(span: VmfsSpan): VmfsSpanSummary {
  const { uuid, snapId, label, datastore, numDevices, complete } = span;
  return {
    uuid,
    snapId,
    label,
    datastore,
    numDevices,
    complete,
    extents: span.extents.map(({ disk, device, firstPE, lastPE }) => {
      return { disk, deviceUuid: device.value.deviceUuid, firstPE: Number(firstPE), lastPE: Number(lastPE) };
    }),
    missing: span.missing.map(({ first, last }) => ({ firstPE: Number(first), lastPE: Number(last) })),
  };
}
