import { VHD_EPOCH } from '../../../core/formats/vhd/constants.ts';
import { guidLe, uuidBe } from '../../../core/structure/codecs.ts';

/** One reading of the bytes at the cursor. */
export interface Reading {
  id: string;
  label: string;
  value: string;
}

type Read = (view: DataView, bytes: Uint8Array) => string;

interface Reader {
  id: string;
  label: string;
  length: number;
  read: Read;
}

/** A number with its thousands apart and a real minus. */
function spaced(value: number | bigint): string {
  const text = value.toString();
  const digits = text.replace('-', '').replace(/\B(?=(\d{3})+$)/g, ',');
  return text.startsWith('-') ? `−${digits}` : digits;
}

/** A moment in UTC; says so when the number is none. */
function moment(milliseconds: number): string {
  const date = new Date(milliseconds);
  if (Number.isNaN(date.getTime())) return 'no time';
  const text = date.toISOString();
  return `${text.slice(0, text.indexOf('.')).replace('T', ' ').replace(/^\+0*/, '')}Z`;
}

function real(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'not a number' : value > 0 ? 'infinity' : '−infinity';
  const text = Number(value.toPrecision(9)).toString();
  return text.replace('-', '−');
}

/** FILETIME counts 100 ns from 1601. */
const FILETIME_EPOCH = 11_644_473_600_000;

function fileTime(ticks: bigint): string {
  return moment(Number(ticks / 10_000n) - FILETIME_EPOCH);
}

/** DOS: time in the low 16 bits, date in the high ones; local time of whoever wrote it. */
function dosTime(time: number, date: number): string {
  const [year, month, day] = [1980 + (date >> 9), (date >> 5) & 15, date & 31];
  const [hour, minute, second] = [time >> 11, (time >> 5) & 63, (time & 31) * 2];
  if (month < 1 || month > 12 || day < 1 || hour > 23 || minute > 59 || second > 59) return 'no time';
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${year}-${two(month)}-${two(day)} ${two(hour)}:${two(minute)}:${two(second)}`;
}

const reader = (id: string, label: string, length: number, read: Read): Reader => ({ id, label, length, read });

const READERS: readonly Reader[] = [
  reader('u8', 'u8', 1, (view) => spaced(view.getUint8(0))),
  reader('i8', 'i8', 1, (view) => spaced(view.getInt8(0))),
  reader('bits', 'bits', 1, (view) => {
    const bits = view.getUint8(0).toString(2).padStart(8, '0');
    return `${bits.slice(0, 4)} ${bits.slice(4)}`;
  }),
  ...(['BE', 'LE'] as const).flatMap((order) => {
    const little = order === 'LE';
    return [
      reader(`u16${order}`, `u16 ${order}`, 2, (view) => spaced(view.getUint16(0, little))),
      reader(`i16${order}`, `i16 ${order}`, 2, (view) => spaced(view.getInt16(0, little))),
      reader(`u32${order}`, `u32 ${order}`, 4, (view) => spaced(view.getUint32(0, little))),
      reader(`i32${order}`, `i32 ${order}`, 4, (view) => spaced(view.getInt32(0, little))),
      reader(`u64${order}`, `u64 ${order}`, 8, (view) => spaced(view.getBigUint64(0, little))),
      reader(`i64${order}`, `i64 ${order}`, 8, (view) => spaced(view.getBigInt64(0, little))),
      reader(`f32${order}`, `f32 ${order}`, 4, (view) => real(view.getFloat32(0, little))),
      reader(`f64${order}`, `f64 ${order}`, 8, (view) => real(view.getFloat64(0, little))),
      reader(`unix${order}`, `Unix ${order}`, 4, (view) => moment(view.getUint32(0, little) * 1000)),
    ];
  }),
  reader('vhd', 'VHD time', 4, (view) => moment((view.getUint32(0) + VHD_EPOCH) * 1000)),
  reader('filetime', 'FILETIME', 8, (view) => fileTime(view.getBigUint64(0, true))),
  reader('dos', 'DOS time', 4, (view) => dosTime(view.getUint16(0, true), view.getUint16(2, true))),
  reader('uuid', 'UUID BE', 16, (_, bytes) => uuidBe.read(bytes, 0)),
  reader('guid', 'GUID LE', 16, (_, bytes) => guidLe.read(bytes, 0)),
];

const BY_ID = new Map(READERS.map((one) => [one.id, one]));

/** Readings in the order they are shown, in groups. */
export const GROUPS: readonly { title: string; ids: readonly string[] }[] = [
  { title: 'Big-endian', ids: ['u16BE', 'i16BE', 'u32BE', 'i32BE', 'u64BE', 'i64BE', 'f32BE', 'f64BE'] },
  { title: 'Little-endian', ids: ['u16LE', 'i16LE', 'u32LE', 'i32LE', 'u64LE', 'i64LE', 'f32LE', 'f64LE'] },
  { title: 'Times', ids: ['vhd', 'unixBE', 'unixLE', 'filetime', 'dos'] },
  { title: 'Ids', ids: ['uuid', 'guid'] },
];

export const BYTE_READINGS: readonly string[] = ['u8', 'i8', 'bits'];

/** What a field of a length is most likely to be. */
const LIKELY: Record<number, readonly string[]> = {
  1: ['u8', 'i8', 'bits'],
  2: ['u16BE', 'i16BE', 'u16LE', 'i16LE'],
  4: ['u32BE', 'i32BE', 'u32LE', 'i32LE', 'vhd', 'unixBE'],
  8: ['u64BE', 'i64BE', 'u64LE', 'f64BE', 'filetime'],
  16: ['uuid', 'guid'],
};

/** Bytes that any reading needs at most. */
export const MAX_LENGTH = 16;

/** The readings named, as far as there are bytes for them. */
export function readings(bytes: Uint8Array, ids: readonly string[]): Reading[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const out: Reading[] = [];
  for (const id of ids) {
    const one = BY_ID.get(id);
    if (one && bytes.length >= one.length) out.push({ id, label: one.label, value: one.read(view, bytes) });
  }
  return out;
}

/** Readings of a field, by its length; none for a text or a long run. */
export function fieldReadings(bytes: Uint8Array, length: number): Reading[] {
  return readings(bytes, LIKELY[length] ?? []);
}
