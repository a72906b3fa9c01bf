import { diskIdTypeName, type LvmHeader } from '../formats/vmfs/lvm.ts';
import { fromHex, toHex } from '../structure/codecs.ts';
import { explainNaa, type NaaParts } from './naa.ts';

/** How ESX knows a disk: what its LVM header stores and a vml path spells. */
export interface DiskId {
  /** 0 path, 1 serial number, 2 NAA or EUI, 3 Symmetrix, 5 hash. */
  type: number;
  /** SCSI peripheral device type; 5 is a CD-ROM. */
  deviceType: number;
  lun: number;
  id: Uint8Array;
}

/** A vml path taken apart. That of an NVMe device is the type and a hash: it says neither device type nor LUN. */
export interface VmlPath extends Pick<DiskId, 'type' | 'id'> {
  deviceType: number | null;
  lun: number | null;
  /** As it is written, in lower case. */
  text: string;
  /** Null for the whole disk. */
  partition: number | null;
  /** The byte behind the LUN, 0 in all that was seen. */
  reserved: number;
}

/** The id's own value and the six characters of the product that ESX puts behind it. */
export interface IdParts {
  value: Uint8Array;
  /** As stored, spaces included; empty for kinds that have none. */
  tail: string;
}

const TAIL = 6;
const PAGE_83: readonly number[] = [8, 12, 16];

/** Whether an id has the length that ids of its type have; others than those of page 83 may have any. */
export function hasUsualLength({ type, id }: Pick<DiskId, 'type' | 'id'>): boolean {
  return type !== 2 || PAGE_83.includes(id.length) || PAGE_83.includes(id.length - TAIL);
}

/** The disk id of an LVM header: no more bytes than there is room for, whatever its length byte says. */
export function diskIdOf({ diskIdType, deviceType, lun, diskIdLength, diskId }: LvmHeader): DiskId {
  return { type: diskIdType, deviceType, lun, id: diskId.subarray(0, Math.min(diskIdLength, diskId.length)) };
}

/** Separates value and product. NAA, EUI and serial numbers carry the product; paths and hashes do not. */
export function splitId({ type, id }: Pick<DiskId, 'type' | 'id'>): IdParts {
  if (type !== 1 && type !== 2) return { value: id, tail: '' };
  // a page-83 id is 8, 12 or 16 bytes: only what is six longer than that has a product behind it
  const whole = type === 2 ? !PAGE_83.includes(id.length - TAIL) : id.length <= TAIL;
  if (whole) return { value: id, tail: '' };
  return { value: id.subarray(0, id.length - TAIL), tail: latin1(id.subarray(id.length - TAIL)) };
}

export function latin1(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}

const byte = (value: number): string => value.toString(16).padStart(2, '0');

/** `vml.` with type, device type, LUN (low byte first), a reserved byte and the id, as ESX spells it. */
export function composeVml(
  { type, deviceType, lun, id }: Pick<VmlPath, 'type' | 'deviceType' | 'lun' | 'id'>,
  partition: number | null = null,
): string {
  const device = deviceType === null || lun === null ? [] : [deviceType, lun & 0xff, lun >> 8, 0];
  const head = [type, ...device].map(byte).join('');
  return `vml.${head}${toHex(id)}${partition === null ? '' : `:${partition}`}`;
}

const NVME = 5;
const NVME_HASH = 32;
const VML = /^vml\.([0-9a-f]{10,})(?::(\d{1,3}))?$/i;

/** Takes a vml path apart; null for text that is none. */
export function parseVml(text: string): VmlPath | null {
  const match = VML.exec(text.trim());
  const digits = match?.[1] ?? '';
  if (!match || digits.length % 2 !== 0 || digits.length > 10 + 2 * 255) return null;
  const bytes = fromHex(digits);
  const [type = 0, deviceType = 0, low = 0, high = 0, reserved = 0] = bytes;
  const partition = match[2] === undefined ? null : Number(match[2]);
  const written = { text: match[0].toLowerCase(), type, partition };
  if (type === NVME && bytes.length === 1 + NVME_HASH)
    return { ...written, deviceType: null, lun: null, reserved: 0, id: bytes.subarray(1) };
  return {
    ...written,
    deviceType,
    lun: low + high * 256,
    reserved,
    id: bytes.subarray(5),
  };
}

/** A disk id in words and names. */
export interface ExplainedId {
  type: number;
  typeName: string;
  idHex: string;
  /** The name ESX gives the device: `naa.…`, `eui.…`, `mpx.…`; null where only the host knows it. */
  name: string | null;
  naa: NaaParts | null;
  /** Serial number or path, where the id is text. */
  text: string | null;
  /** Product characters behind the id, without padding; null where there are none. */
  product: string | null;
}

export function explainDiskId(id: Pick<DiskId, 'type' | 'id'>): ExplainedId {
  const { value, tail } = splitId(id);
  const naa = id.type === 2 ? explainNaa(toHex(value)) : null;
  const text = id.type === 0 || id.type === 1 ? latin1(value).trim() : null;
  const path = id.type === 0 && text ? `mpx.${text}` : null;
  return {
    type: id.type,
    typeName: diskIdTypeName(id.type),
    idHex: toHex(id.id),
    name: naa ? naa.name : path,
    naa,
    text,
    product: tail === '' ? null : tail.trimEnd(),
  };
}
