import type { Finding } from '../../../findings/finding.ts';
import type { FindingParts } from '../../../findings/make.ts';
import type { Structure } from '../../../structure/structure.ts';

/** What the checks need to know beside the image's own bytes. */
export interface CheckContext {
  /** Milliseconds since 1970: what lies after it is in the future. */
  now: number;
  /** The file's name claims that it is a VHD. */
  vhdName: boolean;
  /** Sector bitmaps that have been read, by block: they tell what of a cut block was in use. */
  bitmaps?: ReadonlyMap<number, Uint8Array>;
}

/** Clocks differ: this much in the future is still now. Source: blktap's tolerance, as observed. */
export const CLOCK_TOLERANCE = 1800;

/** Where a field of a structure stands in the file, as parts of a finding. */
export function fieldParts<V>(
  structure: Structure<V>,
  at: number,
  name: keyof V & string,
): Required<Pick<FindingParts, 'offset' | 'length' | 'field' | 'structure'>> {
  const { offset, length } = structure.field(name);
  return { offset: at + offset, length, field: name, structure: structure.id };
}

/** A whole structure, as parts of a finding. */
export function structureParts<V>(
  structure: Structure<V>,
  at: number,
  length = structure.length,
): Required<Pick<FindingParts, 'offset' | 'length' | 'structure'>> {
  return { offset: at, length, structure: structure.id };
}

export function isZero(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0);
}

/** How many bytes two texts of one length share, place by place. */
export function equalBytes(a: Uint8Array, b: Uint8Array): number {
  let count = 0;
  for (let i = 0; i < Math.min(a.length, b.length); i += 1) if (a[i] === b[i]) count += 1;
  return count;
}

/** First and last byte that is not zero, as an extent within `bytes`; null when all are. */
export function usedExtent(bytes: Uint8Array): { offset: number; length: number } | null {
  const first = bytes.findIndex((byte) => byte !== 0);
  if (first < 0) return null;
  const last = bytes.findLastIndex((byte) => byte !== 0);
  return { offset: first, length: last - first + 1 };
}

/** "1 sector", "12 sectors", "1,204 sectors". */
export function counted(count: number, noun: string): string {
  const grouped = count.toString().replace(/\B(?=(\d{3})+(?!\d))/g, ',');
  return `${grouped} ${noun}${count === 1 ? '' : 's'}`;
}

/** "a", "a and b", "a, b and c". */
export function listed(parts: readonly string[]): string {
  if (parts.length < 2) return parts.join('');
  return `${parts.slice(0, -1).join(', ')} and ${parts[parts.length - 1] ?? ''}`;
}

/** What foreign bytes look like at their start, for a message: quoted text, or hex. */
export function glimpse(bytes: Uint8Array): string {
  const text = (step: number, from: number): string => {
    let out = '';
    for (let i = from; i < bytes.length && out.length < 12; i += step) {
      const byte = bytes[i] ?? 0;
      if (byte < 0x20 || byte > 0x7e) break;
      out += String.fromCharCode(byte);
    }
    return out;
  };
  const ascii = text(1, 0);
  if (ascii.length >= 4) return `the text "${ascii}"`;
  for (const from of [0, 1]) {
    const wide = text(2, from);
    if (wide.length >= 4 && bytes[1 - from] === 0) return `the UTF-16 text "${wide}"`;
  }
  const hex = Array.from(bytes.subarray(0, 8), (byte) => byte.toString(16).padStart(2, '0')).join(' ');
  return `the bytes ${hex}`;
}

/** Findings of one kind that are listed one by one; what is more is summed up in one. */
export const LISTED = 100;

/** Up to {@link LISTED} findings one by one, the rest as one. */
export function capped<T>(items: readonly T[], one: (item: T) => Finding, rest: (items: T[]) => Finding): Finding[] {
  const out = items.slice(0, LISTED).map(one);
  const more = items.slice(LISTED);
  if (more.length === 1) out.push(...more.map(one));
  else if (more.length > 1) out.push(rest(more));
  return out;
}
