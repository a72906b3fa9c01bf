import type { ByteSource, Signal } from '../../io/source.ts';
import { printable } from '../../structure/codecs.ts';
import { BATMAP_COOKIE, SECTOR } from './constants.ts';
import { type BatmapHeader, batmapHeader, type Footer } from './layout.ts';

/** XenServer's batmap as found after the BAT. */
export interface Batmap {
  /** File offset of its header. */
  at: number;
  bytes: Uint8Array;
  value: BatmapHeader;
  cookieOk: boolean;
  /** The creator's version says there must be one: a wrong cookie is a fault then, not an absence. */
  expected: boolean;
  /** The bits, where the header says they are; null when that is not in the file. */
  map: { at: number; bytes: Uint8Array } | null;
  computedChecksum: number | null;
  checksumOk: boolean;
}

export const BATMAP_V1_1 = 0x0001_0001;
export const BATMAP_V1_2 = 0x0001_0002;

/** Bits for 2³² blocks would be 512 MiB; no legal image needs more than this. */
const MAX_MAP_BYTES = 4 * 1024 * 1024;

/** Whether images of this creator carry a batmap: tapdisk from 1.2 on always, 1.1 sometimes. */
export function batmapExpected(footer: Footer): 'always' | 'maybe' | 'no' {
  if (printable(footer.creatorApplication) !== 'tap') return 'no';
  if (footer.creatorVersion >= 0x0001_0002) return 'always';
  return footer.creatorVersion === 0x0001_0001 ? 'maybe' : 'no';
}

/** How far behind a table its batmap is looked for. */
const REACH = 1024 * 1024;

/** Offset of the first sector that begins as a batmap does, from `at` on and before `end`; null where none does near. */
export async function findBatmap(source: ByteSource, at: number, end: number, signal?: Signal): Promise<number | null> {
  const bytes = await source.read(at, Math.max(0, Math.min(REACH, end - at)), signal);
  for (let place = 0; place + SECTOR <= bytes.length; place += SECTOR) {
    if (bytes[place] !== BATMAP_COOKIE.charCodeAt(0)) continue;
    if (String.fromCharCode(...bytes.subarray(place, place + BATMAP_COOKIE.length)) === BATMAP_COOKIE)
      return at + place;
  }
  return null;
}

/** Reads the batmap behind a BAT that ends (padded) at `at`; null when this image has none. */
export async function readBatmap(
  source: ByteSource,
  at: number,
  footer: Footer,
  signal?: Signal,
): Promise<Batmap | null> {
  const expected = batmapExpected(footer);
  if (expected === 'no' || at + SECTOR > source.size) return null;
  const bytes = await source.read(at, SECTOR, signal);
  if (bytes.length < SECTOR) return null;
  const value = batmapHeader.parse(bytes);
  const cookieOk = value.cookie === BATMAP_COOKIE;
  if (!cookieOk && expected === 'maybe') return null;
  const map = cookieOk ? await readMap(source, value, signal) : null;
  const computedChecksum = map ? batmapChecksum(map.bytes, value.batmapVersion) : null;
  return {
    at,
    bytes,
    value,
    cookieOk,
    expected: expected === 'always',
    map,
    computedChecksum,
    checksumOk: computedChecksum === value.checksum,
  };
}

async function readMap(source: ByteSource, value: BatmapHeader, signal?: Signal): Promise<Batmap['map']> {
  const length = value.batmapSize * SECTOR;
  if (value.batmapOffset > BigInt(source.size) || length > MAX_MAP_BYTES) return null;
  const at = Number(value.batmapOffset);
  const bytes = await source.read(at, length, signal);
  return bytes.length === length && length > 0 ? { at, bytes } : null;
}

/** Version 1.1 was written by a program whose characters were signed. */
export function batmapChecksum(map: Uint8Array, version: number): number {
  let sum = 0;
  const signed = version === BATMAP_V1_1;
  for (const byte of map) sum += signed && byte > 127 ? byte - 256 : byte;
  return ~sum >>> 0;
}
