import { UsageError } from './command.ts';

const UNITS: Record<string, number> = {
  's': 512,
  'k': 1024,
  'm': 1024 ** 2,
  'g': 1024 ** 3,
  't': 1024 ** 4,
};

/** An offset or length: decimal, `0x` hex, `Ns` in sectors, with K, M, G or T in binary units. @throws UsageError. */
export function parseBytes(text: string): number {
  const match = /^(?:0x([0-9a-f]+)|([0-9]+))(?:([skmgt])(?:ib)?)?$/i.exec(text.trim());
  // 0x1b is 27, not 1 with a unit: hex takes all digits it can
  const unit = UNITS[match?.[3]?.toLowerCase() ?? ''] ?? 1;
  const digits = match?.[1] === undefined ? match?.[2] : `0x${match[1]}`;
  const value = Number(digits) * unit;
  if (digits === undefined || !Number.isSafeInteger(value)) {
    throw new UsageError('Write a number of bytes (4096, 0x1000), of sectors (8s), or with K, M, G or T (4K).');
  }
  return value;
}

/** Bytes of a disk's sector. @throws UsageError. */
export function parseSectorSize(text: string): number {
  const size = parseBytes(text);
  if (size < 512 || size > 65_536 || (size & (size - 1)) !== 0)
    throw new UsageError('A sector has 512 to 65536 bytes, a power of two.');
  return size;
}

/** As {@link parseBytes}, and `-N` counts from the end. @throws UsageError. */
export function parseOffset(text: string): { at: number; fromEnd: boolean } {
  return text.startsWith('-')
    ? { at: parseBytes(text.slice(1)), fromEnd: true }
    : { at: parseBytes(text), fromEnd: false };
}

/** A whole number from 0: decimal or `0x` hex. @throws UsageError. */
export function parseCount(text: string): number {
  const value = /^(0x[0-9a-f]+|[0-9]+)$/i.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(value)) throw new UsageError('Write a whole number (2048, 0x800).');
  return value;
}
