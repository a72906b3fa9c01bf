/**
 * How one field of an on-disk structure is read, written and shown. A codec never throws for content: what the bytes say
 * is what they say, and whether that is right is for the checks.
 */
export interface Codec<T> {
  /** As shown to people: "u32, big-endian". */
  readonly kind: string;
  readonly length: number;
  read(bytes: Uint8Array, at: number): T;
  write(bytes: Uint8Array, at: number, value: T): void;
  /** The value as a JSON number, text or hex text. */
  toJson(value: T): number | string;
  /** The value for people, without explanation: "0x200", "conectix". */
  toText(value: T): string;
}

type Endian = 'big' | 'little';
const endianName = { big: 'big-endian', little: 'little-endian' } as const;

function uint(length: 1 | 2 | 4, endian: Endian, radix: 10 | 16): Codec<number> {
  const at = (index: number): number => (endian === 'big' ? length - 1 - index : index);
  return {
    kind: length === 1 ? 'u8' : `u${length * 8}, ${endianName[endian]}`,
    length,
    read(bytes, offset) {
      let value = 0;
      for (let i = length - 1; i >= 0; i -= 1) value = value * 256 + (bytes[offset + at(i)] ?? 0);
      return value;
    },
    write(bytes, offset, value) {
      let rest = value;
      for (let i = 0; i < length; i += 1) {
        bytes[offset + at(i)] = rest % 256;
        rest = Math.floor(rest / 256);
      }
    },
    toJson: (value) => value,
    toText: (value) => (radix === 16 ? hexNumber(value, length) : String(value)),
  };
}

/** Padded as wide as the field is, so that equal fields line up. */
function hexNumber(value: number | bigint, length: number): string {
  return `0x${value.toString(16).padStart(length * 2, '0')}`;
}

export const u8: Codec<number> = uint(1, 'big', 10);
export const u16le: Codec<number> = uint(2, 'little', 10);
export const u32be: Codec<number> = uint(4, 'big', 10);
export const u32le: Codec<number> = uint(4, 'little', 10);
export const x32be: Codec<number> = uint(4, 'big', 16);
export const x32le: Codec<number> = uint(4, 'little', 16);

function u64(endian: Endian, radix: 10 | 16): Codec<bigint> {
  const little = endian === 'little';
  const view = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return {
    kind: `u64, ${endianName[endian]}`,
    length: 8,
    read: (bytes, at) => view(bytes).getBigUint64(at, little),
    write: (bytes, at, value) => {
      view(bytes).setBigUint64(at, value, little);
    },
    toJson: (value) => numberOrText(value),
    toText: (value) => (radix === 16 ? `0x${value.toString(16)}` : value.toString()),
  };
}

export const u64be: Codec<bigint> = u64('big', 10);
export const u64le: Codec<bigint> = u64('little', 10);
export const x64be: Codec<bigint> = u64('big', 16);
export const x64le: Codec<bigint> = u64('little', 16);

/** A number when it is a safe integer, else its decimal text: how sizes and offsets travel in JSON. */
export function numberOrText(value: bigint): number | string {
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value.toString();
}

/** `length` characters of one byte each; bytes that do not print stay in the value and show as a middle dot. */
export function ascii(length: number): Codec<string> {
  return {
    kind: `${length} characters`,
    length,
    read: (bytes, at) => String.fromCharCode(...bytes.subarray(at, at + length)),
    write: (bytes, at, value) => {
      for (let i = 0; i < length; i += 1) bytes[at + i] = i < value.length ? value.charCodeAt(i) & 0xff : 0;
    },
    toJson: (value) => printable(value),
    toText: (value) => printable(value),
  };
}

/** `text` without its trailing zeros and spaces, with what does not print as a middle dot. */
export function printable(text: string): string {
  return text.replace(/[\0 ]+$/, '').replace(/[^\x20-\x7e]/g, '·');
}

/** Raw bytes; long ones show as their length. */
export function bytes(length: number): Codec<Uint8Array> {
  return {
    kind: `${length} bytes`,
    length,
    read: (source, at) => source.slice(at, at + length),
    write: (target, at, value) => {
      target.set(value.subarray(0, length), at);
    },
    toJson: (value) => toHex(value),
    toText: (value) => {
      if (value.every((byte) => byte === 0)) return `${length} zero bytes`;
      return length <= 32 ? toHex(value) : `${length} bytes, not all zero`;
    },
  };
}

/** A UUID stored big-endian in all its parts, as VHD does; lower-case text. */
export const uuidBe: Codec<string> = {
  kind: 'UUID, big-endian',
  length: 16,
  read: (source, at) => formatUuid(toHex(source.subarray(at, at + 16))),
  write: (target, at, value) => {
    target.set(fromHex(value.replaceAll('-', '')), at);
  },
  toJson: (value) => value,
  toText: (value) => value,
};

/** A GUID as Microsoft and UEFI store it: first three parts little-endian. */
export const guidLe: Codec<string> = {
  kind: 'GUID, mixed-endian',
  length: 16,
  read: (source, at) => formatUuid(toHex(swapGuid(source.subarray(at, at + 16)))),
  write: (target, at, value) => {
    target.set(swapGuid(fromHex(value.replaceAll('-', ''))), at);
  },
  toJson: (value) => value,
  toText: (value) => value,
};

function swapGuid(guid: Uint8Array): Uint8Array {
  const order = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15];
  return Uint8Array.from(order, (from) => guid[from] ?? 0);
}

function formatUuid(hex: string): string {
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

export const NIL_UUID = '00000000-0000-0000-0000-000000000000';

/** UTF-16 text in a field of fixed length, ended by a zero; unpaired surrogates survive. */
export function utf16(length: number, endian: Endian): Codec<string> {
  return {
    kind: `UTF-16, ${endianName[endian]}`,
    length,
    read: (source, at) => decodeUtf16(source.subarray(at, at + length), endian),
    write: (target, at, value) => {
      target.fill(0, at, at + length);
      target.set(encodeUtf16(value, endian).subarray(0, length), at);
    },
    toJson: (value) => value,
    toText: (value) => value,
  };
}

/** UTF-16 up to the first zero unit; an odd last byte is left out. */
export function decodeUtf16(source: Uint8Array, endian: Endian): string {
  let text = '';
  for (let i = 0; i + 1 < source.length; i += 2) {
    const first = source[i] ?? 0;
    const second = source[i + 1] ?? 0;
    const unit = endian === 'big' ? first * 256 + second : second * 256 + first;
    if (unit === 0) break;
    text += String.fromCharCode(unit);
  }
  return text;
}

export function encodeUtf16(text: string, endian: Endian): Uint8Array {
  const out = new Uint8Array(text.length * 2);
  for (let i = 0; i < text.length; i += 1) {
    const unit = text.charCodeAt(i);
    out[i * 2] = endian === 'big' ? unit >> 8 : unit & 0xff;
    out[i * 2 + 1] = endian === 'big' ? unit & 0xff : unit >> 8;
  }
  return out;
}

const PAIRS = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** Lower-case hex without separators. */
export function toHex(source: Uint8Array): string {
  // joined at once: text that grows by pieces is a chain of thousands of objects
  return Array.from(source, (byte) => PAIRS[byte]).join('');
}

/** Bytes of a hex text of even length; what is no hex digit counts as 0. */
export function fromHex(hex: string): Uint8Array {
  const out = new Uint8Array(hex.length / 2);
  for (let i = 0; i < out.length; i += 1) out[i] = (digit(hex, i * 2) << 4) | digit(hex, i * 2 + 1);
  return out;
}

function digit(hex: string, at: number): number {
  const code = hex.charCodeAt(at);
  if (code >= 48 && code <= 57) return code - 48;
  const letter = code | 32;
  return letter >= 97 && letter <= 102 ? letter - 87 : 0;
}
