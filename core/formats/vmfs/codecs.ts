import { type Codec, u16le, u32le, u64le } from '../../structure/codecs.ts';

/** Nil, as VMFS writes ids. */
export const NIL_VMFS_ID = '00000000-00000000-0000-000000000000';

/** What is in an id that an ESX host has made. */
export interface VmfsId {
  text: string;
  /** The host's clock when it made the id; ISO 8601, to the second. Null for nil. */
  created: string | null;
  /** Low half of the processor's time stamp counter. */
  tsc: number;
  random: number;
  /** Of the management network card of the host that made, or resignatured, the volume. Null for nil. */
  hostMac: string | null;
}

const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0');

/** An id as VMware prints it: seconds, counter, random, MAC. */
export const vmfsId: Codec<string> = {
  kind: 'VMFS id: u32 seconds, u32 counter, u16 random, 6 bytes MAC',
  length: 16,
  read(bytes, at) {
    const mac = Array.from(bytes.subarray(at + 10, at + 16), (byte) => hex(byte, 2)).join('');
    return `${hex(u32le.read(bytes, at), 8)}-${hex(u32le.read(bytes, at + 4), 8)}-${hex(u16le.read(bytes, at + 8), 4)}-${mac}`;
  },
  write(bytes, at, value) {
    const [seconds = '', counter = '', random = '', mac = ''] = value.split('-');
    u32le.write(bytes, at, Number.parseInt(seconds, 16) || 0);
    u32le.write(bytes, at + 4, Number.parseInt(counter, 16) || 0);
    u16le.write(bytes, at + 8, Number.parseInt(random, 16) || 0);
    for (let i = 0; i < 6; i += 1) bytes[at + 10 + i] = Number.parseInt(mac.slice(i * 2, i * 2 + 2), 16) || 0;
  },
  toJson: (value) => value,
  toText: (value) => value,
};

const ID = /^([0-9a-f]{8})-([0-9a-f]{8})-([0-9a-f]{4})-([0-9a-f]{12})$/i;

/** Takes an id apart; null for text that is none. */
export function decodeVmfsId(text: string): VmfsId | null {
  const match = ID.exec(text.trim());
  if (!match) return null;
  const [whole, seconds = '', counter = '', random = '', mac = ''] = match;
  const nil = whole.toLowerCase() === NIL_VMFS_ID;
  return {
    text: whole.toLowerCase(),
    created: nil ? null : secondsToIso(Number.parseInt(seconds, 16)),
    tsc: Number.parseInt(counter, 16),
    random: Number.parseInt(random, 16),
    hostMac: nil ? null : (mac.toLowerCase().match(/../g)?.join(':') ?? null),
  };
}

/** What an id tells, for people: "made 2009-01-17T05:30:00Z by the host 00:0d:60:d4:6e:2e". */
export function explainVmfsId(text: string): string | null {
  const id = decodeVmfsId(text);
  if (!id) return null;
  return id.created === null ? 'nil' : `made ${id.created} by the host ${id.hostMac ?? ''}`;
}

/** Seconds since 1970 as ISO 8601; null for 0. */
export function secondsToIso(seconds: number): string | null {
  if (seconds === 0) return null;
  return new Date(seconds * 1000).toISOString().replace('.000', '');
}

/** Beyond the year 9999 no text of four digits a year is right. */
const LAST_MICROSECOND = 253_402_300_799_999_999n;

/** Microseconds since 1970 as ISO 8601 with six digits; null for 0 and for what no clock says. */
export function microsecondsToIso(time: bigint): string | null {
  if (time <= 0n || time > LAST_MICROSECOND) return null;
  const seconds = new Date(Number(time / 1_000_000n) * 1000).toISOString().slice(0, 19);
  return `${seconds}.${(time % 1_000_000n).toString().padStart(6, '0')}Z`;
}

/** u32 of seconds since 1970. */
export const seconds32: Codec<number> = {
  ...u32le,
  kind: 'u32, seconds since 1970',
  toText: (value) => secondsToIso(value) ?? String(value),
};

/** u64 of microseconds since 1970. */
export const micros64: Codec<bigint> = {
  ...u64le,
  kind: 'u64, microseconds since 1970',
  toText: (value) => microsecondsToIso(value) ?? value.toString(),
};

/** Text of `length` bytes up to the first zero, UTF-8. */
export function text(length: number): Codec<string> {
  return {
    kind: `text, ${length} bytes`,
    length,
    read(bytes, at) {
      const field = bytes.subarray(at, at + length);
      const end = field.indexOf(0);
      return new TextDecoder().decode(end < 0 ? field : field.subarray(0, end));
    },
    write(bytes, at, value) {
      bytes.fill(0, at, at + length);
      bytes.set(new TextEncoder().encode(value).subarray(0, length), at);
    },
    toJson: (value) => value,
    toText: (value) => value,
  };
}

/** Four bytes as an IPv4 address. */
export const ipv4: Codec<string> = {
  kind: 'IPv4 address, 4 bytes',
  length: 4,
  read: (bytes, at) => Array.from(bytes.subarray(at, at + 4)).join('.'),
  write: (bytes, at, value) => {
    bytes.set(value.split('.').map(Number), at);
  },
  toJson: (value) => value,
  toText: (value) => value,
};

/** Six bytes as a MAC address. */
export const mac6: Codec<string> = {
  kind: 'MAC address, 6 bytes',
  length: 6,
  read: (bytes, at) => Array.from(bytes.subarray(at, at + 6), (byte) => hex(byte, 2)).join(':'),
  write: (bytes, at, value) => {
    bytes.set(
      value.split(':').map((part) => Number.parseInt(part, 16)),
      at,
    );
  },
  toJson: (value) => value,
  toText: (value) => value,
};
