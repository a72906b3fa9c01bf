import type { SparseBuilder } from '../../io/sparse.ts';
import { fromHex } from '../../structure/codecs.ts';
import {
  FS_AT,
  FS_LOCAL_MAGIC,
  FS_MAGIC,
  HEARTBEAT_AT,
  HEARTBEAT_FREE,
  HEARTBEAT_IN_USE,
  LVM_AT,
  LVM_MAGIC,
  PE_LENGTH,
} from './constants.ts';
import { fsHeader } from './fs.ts';
import { heartbeat, lvmExtent, lvmHeader, lvmVolume } from './lvm.ts';

const SECTOR = 512;
const MIB = 1024 * 1024;

/** A volume, or one extent of it, as a host would have made it. Ids are told apart by `seed`. */
export interface VmfsSpec {
  /** First byte of its partition. */
  start: number;
  /** Length of its partition in bytes. */
  totalBytes: number;
  version?: 3 | 5 | 6;
  /** VMFS-L. */
  local?: boolean;
  label?: string;
  /** Where data begins, from `start`; 17 MiB as ESX does it. */
  dataOffset?: number;
  /** Microseconds since 1970 of the header's last change. */
  modTime?: bigint;
  disk?: { type: number; lun: number; id: string; vendor?: string; model?: string; revision?: string };
  /** Place among the extents of a spanned volume; `total`: physical extents of them all, as many on each when absent. */
  extent?: { devices: number; firstPE: number; index: number; total?: number };
  /** Two digits of hex in every id. */
  seed?: string;
  /** Leaves parts out. */
  without?: ('lvm' | 'volume' | 'fs')[];
  heartbeats?: { slot: number; owner: string }[];
}

export const SAMPLE_NAA = '600144f07ed404000000496ff8cd0003';
/** As an LVM header stores it: the NAA, then "COMSTA". */
export const SAMPLE_DISK_ID = `${SAMPLE_NAA}434f4d535441`;

const MADE = 0x4971_6cd8;
const MADE_US = BigInt(MADE) * 1_000_000n;
const FS_VERSIONS = { 3: [4, 31], 5: [14, 61], 6: [24, 82] } as const;
const LVM_MINORS = { 3: 16, 5: 21, 6: 24 } as const;

/** Ids of what {@link putVmfs} writes, for tests to compare with. */
export function vmfsIds(seed = '01', extent = 0): { device: string; volume: string; datastore: string } {
  const seconds = MADE.toString(16);
  const mac = `000d60d46e${seed}`;
  const device = (0x9b97_aa00 + extent).toString(16);
  return {
    device: `${seconds}-${device}-2f6c-${mac}`,
    volume: `${seconds}-6075899a-ad1c-${mac}`,
    datastore: `${seconds}-ebcbbf9a-6792-${mac}`,
  };
}

/** Writes a volume's headers, its extent table and its heartbeats into an image. */
export function putVmfs(image: SparseBuilder, spec: VmfsSpec): void {
  const { start, totalBytes, version = 5, local = false, dataOffset = 17 * MIB, without = [] } = spec;
  const unit = version === 6 ? 4096 : SECTOR;
  const ids = vmfsIds(spec.seed, spec.extent?.index);
  const numPEs = Math.floor((totalBytes - dataOffset) / PE_LENGTH);
  const { devices = 1, firstPE = 0, total = numPEs * devices } = spec.extent ?? {};
  const modTime = spec.modTime ?? MADE_US + 911_527n;
  const disk = spec.disk ?? { type: 2, lun: 3, id: SAMPLE_DISK_ID };
  const diskId = new Uint8Array(44);
  diskId.set(fromHex(disk.id));
  const device = lvmHeader.serialise({
    magic: LVM_MAGIC,
    majorVersion: version,
    minorVersion: LVM_MINORS[version],
    diskIdType: disk.type,
    diskIdLength: disk.id.length / 2,
    lun: disk.lun,
    scsiLevel: version === 3 ? 6 : 0,
    vendor: (disk.vendor ?? '').padEnd(disk.vendor ? 8 : 0),
    model: (disk.model ?? '').padEnd(disk.model ? 16 : 0),
    revision: (disk.revision ?? '').padEnd(disk.revision ? 4 : 0),
    diskId,
    diskBlockSize: SECTOR,
    totalBytes: BigInt(totalBytes),
    numVolumes: 1,
    numPEs,
    lastPE: numPEs - 1,
    generation: version === 3 ? BigInt(numPEs + 2) : 3n,
    dataOffset: BigInt(dataOffset),
    deviceUuid: ids.device,
    initTime: MADE_US + 435_054n,
    modTime,
    numPEMaps: version === 3 ? 0 : 1,
    mdAlignment: version === 6 ? unit : 0,
    flags: local ? 1 : 0,
  });
  const volume = lvmVolume.serialise({
    logicalSize: BigInt(total) * BigInt(PE_LENGTH),
    generation: BigInt(numPEs + devices),
    state: 1,
    name: ids.volume,
    uuid: ids.volume,
    snapId: 1,
    creationTime: MADE_US + 440_033n,
    numPEs,
    firstPE: BigInt(firstPE),
    lastPE: BigInt(firstPE + numPEs - 1),
    modTime: MADE_US + 910_948n,
    numDevices: devices,
  });
  if (!without.includes('lvm')) image.put(start + LVM_AT, device);
  if (!without.includes('volume') && !without.includes('lvm')) image.put(start + LVM_AT + unit, volume);
  if (!without.includes('lvm')) putExtents(image, start, unit, numPEs, firstPE, dataOffset);
  // only the head extent has the file system's header
  if (without.includes('fs') || firstPE > 0) return;
  const at = start + dataOffset;
  image.put(at + FS_AT, fsBytes(spec, ids));
  putHeartbeats(image, at, unit, spec.heartbeats ?? []);
}

function fsBytes({ version = 5, local = false, label = 'datastore1' }: VmfsSpec, ids: ReturnType<typeof vmfsIds>) {
  const [majorVersion, minorVersion] = FS_VERSIONS[version];
  return fsHeader.serialise({
    magic: local ? FS_LOCAL_MAGIC : FS_MAGIC,
    majorVersion,
    minorVersion,
    uuid: ids.datastore,
    config: version === 3 ? 2 : 6,
    label,
    diskBlockSize: SECTOR,
    blockSize: BigInt(MIB),
    ctime: MADE,
    snapId: 1,
    lvmUuid: ids.volume,
    lvmSnapId: 1,
    fdcClusterGroupOffset: 65_536,
    fdcClustersPerGroup: 32,
    subBlockSize: version === 5 ? 8192 : 65_536,
    mdAlignment: version === 6 ? 4096 : 0,
  });
}

function putExtents(
  image: SparseBuilder,
  start: number,
  unit: number,
  count: number,
  firstPE: number,
  dataOffset: number,
): void {
  const table = new Uint8Array(count * lvmExtent.length);
  for (let index = 0; index < count; index += 1)
    table.set(
      lvmExtent.serialise({
        used: 1,
        peId: index,
        physicalOffset: BigInt(dataOffset) + BigInt(index) * BigInt(PE_LENGTH),
        logicalOffset: BigInt(firstPE + index) * BigInt(PE_LENGTH),
        extentLength: BigInt(PE_LENGTH),
      }),
      index * lvmExtent.length,
    );
  image.put(start + 0x180000 + unit + Math.max(unit, 0x400), table);
}

function putHeartbeats(
  image: SparseBuilder,
  at: number,
  stride: number,
  taken: NonNullable<VmfsSpec['heartbeats']>,
): void {
  const place = (slot: number): number => HEARTBEAT_AT + slot * stride;
  image.put(at + place(0), heartbeat.serialise({ magic: HEARTBEAT_FREE, offset: BigInt(place(0)) }));
  for (const { slot, owner } of taken)
    image.put(
      at + place(slot),
      heartbeat.serialise({
        magic: HEARTBEAT_IN_USE,
        offset: BigInt(place(slot)),
        sequence: 42n,
        uptime: 3_600_000_000n,
        owner,
      }),
    );
}
