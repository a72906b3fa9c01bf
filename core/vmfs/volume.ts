import { NIL_VMFS_ID } from '../formats/vmfs/codecs.ts';
import {
  FS_AT,
  FS_LOCAL_MAGIC,
  FS_MAGIC,
  LVM_AT,
  LVM_MAGIC,
  LVM6_ALIGNMENT,
  PE_LENGTH,
} from '../formats/vmfs/constants.ts';
import { type FsHeader, fsHeader } from '../formats/vmfs/fs.ts';
import { type LvmHeader, type LvmVolume, lvmHeader, lvmVolume } from '../formats/vmfs/lvm.ts';
import type { ByteSource, Signal } from '../io/source.ts';
import { u32le } from '../structure/codecs.ts';
import { formatBytes } from '../structure/text.ts';

const SECTOR = 512;

/** Something in a header that cannot be right, or that speaks against it. */
export interface VmfsFault {
  /** Structure, as `vmfs.lvm`. */
  structure: string;
  field: string;
  /** Offset in the source of the structure it is in. */
  at: number;
  message: string;
}

/** An LVM device header found at a place, with the volume descriptor behind it. */
export interface LvmDevice {
  /** Offset of the header in the source. */
  at: number;
  /** Where its partition begins: 1 MiB before. */
  start: number;
  /** Exact length of the partition in bytes; null when the header's own figure is absurd. */
  length: number | null;
  value: LvmHeader;
  /** The header's 512 bytes. */
  bytes: Uint8Array;
  /** Of the volume table: the first slot in use, or the first. Null where it cannot be read. */
  volume: LvmVolume | null;
  volumeAt: number;
  faults: VmfsFault[];
  /** How many of the plain rules hold, 0 to 1. */
  score: number;
}

/** A file system header found at a place. */
export interface FsSighting {
  at: number;
  value: FsHeader;
  bytes: Uint8Array;
  faults: VmfsFault[];
}

/** What is said of a header's first four bytes. */
export function magicAt(bytes: Uint8Array, at: number): 'lvm' | 'fs' | null {
  const value = u32le.read(bytes, at);
  if (value === LVM_MAGIC) return 'lvm';
  return value === FS_MAGIC || value === FS_LOCAL_MAGIC ? 'fs' : null;
}

/** A rule of a header: what its field is, whether it holds, and what to say when not. */
type Rule = readonly [field: string, holds: boolean, message: string];

function lvmRules(value: LvmHeader): Rule[] {
  const { majorVersion, diskBlockSize, totalBytes, numVolumes, numPEs, lastPE, dataOffset } = value;
  const fits = totalBytes > dataOffset && totalBytes % BigInt(SECTOR) === 0n && totalBytes <= MAX_BYTES;
  // a damaged size says nothing of where the data begins
  const bound = fits ? totalBytes : MAX_DATA_OFFSET;
  const begins = dataOffset > BigInt(LVM_AT) && dataOffset % BigInt(SECTOR) === 0n && dataOffset < bound;
  return [
    ['magic', value.magic === LVM_MAGIC, 'The mark of the header is not c001d00d.'],
    ['majorVersion', majorVersion >= 3 && majorVersion <= 6, `There is no LVM version ${majorVersion}.`],
    [
      'diskBlockSize',
      diskBlockSize === 512 || diskBlockSize === 4096,
      `A sector of ${diskBlockSize} bytes is not known.`,
    ],
    ['totalBytes', fits, `The size of the partition, ${totalBytes} bytes, cannot be.`],
    ['numVolumes', numVolumes >= 1 && numVolumes <= 512, `${numVolumes} volumes on one device cannot be.`],
    ['lastPE', numPEs > 0 && lastPE === numPEs - 1, `The last extent is ${lastPE}, of ${numPEs}.`],
    ['dataOffset', begins, `The data cannot begin at ${dataOffset}.`],
  ];
}

/** Largest size that is believed: offsets stay exact numbers. */
const MAX_BYTES = BigInt(Number.MAX_SAFE_INTEGER);
/** Beyond any that is known. */
const MAX_DATA_OFFSET = BigInt(1024 ** 3);
/** Rules that have to hold before bytes with the mark are taken for a header. */
const ENOUGH = 4;
/** Without its mark a header is only taken where one is expected, and when all else holds. */
const ENOUGH_WITHOUT_MAGIC = 6;

/**
 * Judges 512 bytes that stand at `at` of a disk: an LVM device header, or null. `expected` says that one belongs here, so
 * that it is known without its mark, too.
 */
export function judgeLvm(bytes: Uint8Array, at: number, expected = false): LvmDevice | null {
  if (bytes.length < lvmHeader.length || at < LVM_AT) return null;
  const magic = magicAt(bytes, 0) === 'lvm';
  if (!magic && !expected) return null;
  const value = lvmHeader.parse(bytes);
  const rules = lvmRules(value);
  const holding = rules.filter(([, holds]) => holds).length;
  if (holding < (magic ? ENOUGH : ENOUGH_WITHOUT_MAGIC)) return null;
  const faults = rules
    .filter(([, holds]) => !holds)
    .map(([field, , message]): VmfsFault => ({ structure: lvmHeader.id, field, at, message }));
  const extents = expectedExtents(value);
  if (faults.length === 0 && extents !== null && extents !== value.numPEs)
    faults.push({
      structure: lvmHeader.id,
      field: 'numPEs',
      at,
      message: `The header counts ${value.numPEs} extents; ${formatBytes(value.totalBytes)} hold ${extents}.`,
    });
  if (value.diskIdLength > 44)
    faults.push({
      structure: lvmHeader.id,
      field: 'diskIdLength',
      at,
      message: `The device id has room for 44 bytes, not ${value.diskIdLength}.`,
    });
  const sound = !faults.some(({ field }) => field === 'totalBytes');
  return {
    at,
    start: at - LVM_AT,
    length: sound ? Number(value.totalBytes) : null,
    value,
    bytes: bytes.slice(0, lvmHeader.length),
    volume: null,
    volumeAt: at + metadataUnit(value),
    faults,
    score: holding / rules.length,
  };
}

/** Physical extents that fit behind the data's start; null for LVM 6, whose extents vary in length. */
function expectedExtents({ majorVersion, totalBytes, dataOffset }: LvmHeader): number | null {
  if (majorVersion >= 6 || totalBytes < dataOffset) return null;
  return Number((totalBytes - dataOffset) / BigInt(PE_LENGTH));
}

/** Bytes of a metadata unit: a sector up to LVM 5, the alignment of LVM 6. */
export function metadataUnit({ majorVersion, mdAlignment }: LvmHeader): number {
  if (majorVersion < 6) return SECTOR;
  const sane = mdAlignment >= SECTOR && mdAlignment <= 1024 * 1024 && mdAlignment % SECTOR === 0;
  return sane ? mdAlignment : LVM6_ALIGNMENT;
}

/** Where the map of used extents and their table stand, from the partition's start. */
export function extentTablePlace(value: LvmHeader): { bitmap: number; table: number } {
  const unit = metadataUnit(value);
  const bitmap = 0x180000 + unit;
  return { bitmap, table: bitmap + Math.max(unit, 0x400) };
}

/** Judges 512 bytes at `at`: a file system header, or null. */
export function judgeFs(bytes: Uint8Array, at: number): FsSighting | null {
  if (bytes.length < fsHeader.length || magicAt(bytes, 0) !== 'fs') return null;
  const value = fsHeader.parse(bytes);
  const { majorVersion, blockSize, diskBlockSize, uuid } = value;
  const rules: Rule[] = [
    ['majorVersion', [4, 14, 24].includes(majorVersion), `There is no VMFS with the version ${majorVersion}.`],
    ['blockSize', isBlockSize(blockSize), `A block of ${blockSize} bytes is not known.`],
    [
      'diskBlockSize',
      diskBlockSize === 512 || diskBlockSize === 4096,
      `A sector of ${diskBlockSize} bytes is not known.`,
    ],
    ['uuid', uuid !== NIL_VMFS_ID, 'The datastore has no id.'],
  ];
  const faults = rules
    .filter(([, holds]) => !holds)
    .map(([field, , message]): VmfsFault => ({ structure: fsHeader.id, field, at, message }));
  return rules.length - faults.length < 2 ? null : { at, value, bytes: bytes.slice(0, fsHeader.length), faults };
}

/** A power of two from 4 KiB to 1 GiB. */
function isBlockSize(size: bigint): boolean {
  return size >= 4096n && size <= 0x4000_0000n && (size & (size - 1n)) === 0n;
}

/** Where the file system's header of a device stands: by its own data offset. Null where that is damaged. */
export function fsPlace({ start, value, faults }: LvmDevice): number | null {
  return faults.some(({ field }) => field === 'dataOffset') ? null : start + Number(value.dataOffset) + FS_AT;
}

/** Whether the file system names the logical volume that the device is part of. */
export function ties({ volume }: LvmDevice, { value }: FsSighting): boolean {
  return volume !== null && volume.uuid !== NIL_VMFS_ID && volume.uuid === value.lvmUuid;
}

/** Whether this device holds the start of its logical volume, where the file system's header is. */
export function isHead({ volume }: LvmDevice): boolean {
  return volume === null || volume.firstPE === 0n;
}

/**
 * Reads the LVM header that stands at `at`, with its volume descriptor; null when there is none. `expected` as in
 * {@link judgeLvm}.
 * @throws failure when it cannot be read.
 */
export async function readLvm(
  source: ByteSource,
  at: number,
  expected: boolean,
  signal?: Signal,
): Promise<LvmDevice | null> {
  if (at < LVM_AT || at + SECTOR > source.size) return null;
  const device = judgeLvm(await source.read(at, SECTOR, signal), at, expected);
  if (!device) return null;
  await readVolume(source, device, signal);
  return device;
}

/** Slots of the volume table that are looked at. */
const SLOTS = 8;

/** Finds the device's volume descriptor: the first slot in use. */
async function readVolume(source: ByteSource, device: LvmDevice, signal?: Signal): Promise<void> {
  const { value, at } = device;
  const slots = value.majorVersion < 6 ? Math.min(Math.max(value.numVolumes, 1), SLOTS) : 1;
  const bytes = await source.read(device.volumeAt, slots * SECTOR, signal);
  for (let slot = 0; (slot + 1) * SECTOR <= bytes.length; slot += 1) {
    const volume = lvmVolume.parse(bytes, slot * SECTOR);
    if (slot > 0 && volume.state === 0) continue;
    device.volume = volume;
    device.volumeAt = at + metadataUnit(value) + slot * SECTOR;
    if (volume.state !== 0) break;
  }
  const { volume } = device;
  if (volume) device.faults.push(...volumeFaults(device, volume));
}

function volumeFaults({ volumeAt, value }: LvmDevice, volume: LvmVolume): VmfsFault[] {
  const fault = (field: string, message: string): VmfsFault => {
    return { structure: lvmVolume.id, field, at: volumeAt, message };
  };
  if (volume.uuid === NIL_VMFS_ID && volume.name === '')
    return [fault('uuid', 'The volume table is empty: the header does not say which volume the device belongs to.')];
  const out: VmfsFault[] = [];
  // on volumes that VMware has made, name and id say the same
  if (volume.name !== '' && volume.name !== volume.uuid)
    out.push(fault('name', `The volume is called ${volume.name}, its id is ${volume.uuid}.`));
  if (volume.state > 3) out.push(fault('state', `A volume has no state ${volume.state}.`));
  if (volume.numPEs > 0 && volume.lastPE - volume.firstPE + 1n !== BigInt(volume.numPEs) && value.majorVersion < 6)
    out.push(fault('lastPE', `Extents ${volume.firstPE} to ${volume.lastPE} are not ${volume.numPEs}.`));
  return out;
}

/** Reads the file system's header at `at`; null when there is none. @throws failure when it cannot be read. */
export async function readFs(source: ByteSource, at: number, signal?: Signal): Promise<FsSighting | null> {
  if (at < 0 || at + SECTOR > source.size) return null;
  return judgeFs(await source.read(at, SECTOR, signal), at);
}
