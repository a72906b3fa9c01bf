import type { ByteSource, Signal } from '../../io/source.ts';
import { u16le, u32be, u32le, u64be, u64le } from '../../structure/codecs.ts';

/** What stands on a partition, told by its signature. */
export interface FileSystem {
  /** As `ext4`, `ntfs`, `lvm2`: short, for scripts. */
  type: string;
  /** For people: "ext4", "LVM2 physical volume". */
  title: string;
  /** Null where there is none, or where it is not looked for. */
  label: string | null;
  /** Its own id as its tools print it. */
  id: string | null;
  /** Bytes it takes by its own account; null when it does not say. */
  size: number | null;
  /** `needs-recovery`: a journal has to be replayed; null when the format does not say, or not cheaply. */
  state: 'clean' | 'dirty' | 'needs-recovery' | null;
  /** More, in a few words; null when there is nothing to add. */
  note: string | null;
}

/** Where to look: a partition, or a whole disk. */
export interface Place {
  at: number;
  length: number;
}

/** A partition as a probe sees it: its first bytes at hand, the rest to be read; what lies past its end reads as zeros. */
export class Probe {
  readonly size: number;
  readonly head: Uint8Array;
  readonly #source: ByteSource;
  readonly #at: number;
  readonly #signal: Signal | undefined;

  private constructor(source: ByteSource, { at, length }: Place, head: Uint8Array, signal: Signal | undefined) {
    this.#source = source;
    this.#at = at;
    this.#signal = signal;
    this.size = length;
    this.head = head;
  }

  static async open(source: ByteSource, place: Place, head: number, signal?: Signal): Promise<Probe> {
    const at = Math.min(place.at, source.size);
    const length = Math.max(0, Math.min(place.length, source.size - at));
    const bytes = new Uint8Array(head);
    if (length > 0) bytes.set(await source.read(at, Math.min(head, length), signal));
    return new Probe(source, { at, length }, bytes, signal);
  }

  /** Always `length` bytes, zeros where there are none. */
  async read(at: number, length: number): Promise<Uint8Array> {
    if (at >= 0 && at + length <= this.head.length) return this.head.subarray(at, at + length);
    const out = new Uint8Array(length);
    if (!Number.isSafeInteger(at) || at < 0 || at >= this.size) return out;
    out.set(await this.#source.read(this.#at + at, Math.min(length, this.size - at), this.#signal));
    return out;
  }

  /** Whether Latin-1 `magic` stands at `at` of the head. */
  shows(at: number, magic: string): boolean {
    return showsAt(this.head, at, magic);
  }
}

export type Recogniser = (probe: Probe) => FileSystem | null | Promise<FileSystem | null>;

export function showsAt(bytes: Uint8Array, at: number, magic: string): boolean {
  for (let i = 0; i < magic.length; i += 1) if (bytes[at + i] !== magic.charCodeAt(i)) return false;
  return true;
}

export const le16 = (bytes: Uint8Array, at: number): number => u16le.read(bytes, at);
export const le32 = (bytes: Uint8Array, at: number): number => u32le.read(bytes, at);
export const be32 = (bytes: Uint8Array, at: number): number => u32be.read(bytes, at);
export const be16 = (bytes: Uint8Array, at: number): number => (bytes[at] ?? 0) * 256 + (bytes[at + 1] ?? 0);
/** As a number; what is no safe integer becomes infinite, and is refused by every test of its size. */
export const le64 = (bytes: Uint8Array, at: number): number => safe(u64le.read(bytes, at));
export const be64 = (bytes: Uint8Array, at: number): number => safe(u64be.read(bytes, at));

function safe(value: bigint): number {
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : Number.POSITIVE_INFINITY;
}

/** A size in bytes; null for what is none. */
export function sizeOf(units: number, unit: number): number | null {
  const bytes = units * unit;
  return Number.isSafeInteger(bytes) && bytes > 0 ? bytes : null;
}

/** UTF-8 up to the first zero, without spaces at its end; null when empty. */
export function label(bytes: Uint8Array, at: number, length: number): string | null {
  const field = bytes.subarray(at, at + length);
  const end = field.indexOf(0);
  let text = '';
  for (const byte of end < 0 ? field : field.subarray(0, end)) text += `%${byte.toString(16).padStart(2, '0')}`;
  return orNull(utf8(text));
}

/** No TextDecoder in neutral code: the language's own decoder, and Latin-1 for what is no UTF-8. */
function utf8(escaped: string): string {
  try {
    return decodeURIComponent(escaped);
  } catch {
    return escaped.replace(/%(..)/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  }
}

export function orNull(text: string): string | null {
  const trimmed = text.replace(/[\0 ]+$/, '');
  return trimmed === '' ? null : trimmed;
}

export const found = (type: string, title: string, more: Partial<Omit<FileSystem, 'type' | 'title'>>): FileSystem => {
  return { type, title, label: null, id: null, size: null, state: null, note: null, ...more };
};
