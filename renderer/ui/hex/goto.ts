/** What "Go to" understood: an offset in bytes, or why not. */
export type GoTo = { ok: true; at: number } | { ok: false; why: string };

/** Where relative and bounded answers are counted from. */
export interface GoToPlace {
  /** Byte under the cursor: what `+n` and `-n` count from. */
  cursor: number;
  /** Bytes there are; the last offset is one less. */
  size: number;
}

const UNITS: Record<string, bigint> = {
  '': 1n,
  's': 512n,
  'k': 1024n,
  'm': 1024n ** 2n,
  'g': 1024n ** 3n,
  't': 1024n ** 4n,
};

const FORMS = 'Type 4096, 0x1000, 8s (sectors), 2M, +512, 50% or end.';
const NUMBER = /^(?:0x([0-9a-f]+)|([0-9a-f]*[a-f][0-9a-f]*)h|(\d+)h|(\d+)(?:\.(\d+))?)$/;

/**
 * Reads an offset as people type it: decimal, `0x` hex (or `…h`), with a unit behind it (`s` for sectors of 512 bytes; K, M,
 * G, T binary), from the cursor with a sign before it, a share of the whole with `%`, or `start` and `end`.
 */
export function parseGoTo(typed: string, { cursor, size }: GoToPlace): GoTo {
  const text = typed
    .trim()
    .toLowerCase()
    .replace(/[\s,_]/g, '');
  if (text === '') return { ok: false, why: FORMS };
  if (size === 0) return { ok: false, why: 'There are no bytes.' };
  if (text === 'start') return { ok: true, at: 0 };
  if (text === 'end') return { ok: true, at: size - 1 };
  const sign = text.startsWith('+') ? 1n : text.startsWith('-') ? -1n : 0n;
  const amount = sign === 0n ? text : text.slice(1);
  if (amount.endsWith('%')) {
    const share = Number(amount.slice(0, -1));
    if (sign !== 0n || !/^\d+(\.\d+)?%$/.test(amount) || share > 100) return { ok: false, why: FORMS };
    return { ok: true, at: Math.min(size - 1, Math.floor((size / 100) * share)) };
  }
  const bytes = readAmount(amount);
  if (bytes === null) return { ok: false, why: FORMS };
  const at = sign === 0n ? bytes : BigInt(cursor) + sign * bytes;
  if (at < 0n) return { ok: false, why: 'That is before the start.' };
  if (at >= BigInt(size)) return { ok: false, why: `That is past the end, 0x${(size - 1).toString(16)}.` };
  return { ok: true, at: Number(at) };
}

/** Whole bytes of a number with an optional unit; null when it is none. */
function readAmount(text: string): bigint | null {
  // no unit is a hex digit, so the last letter tells them apart
  const [, digits = '', binary, sectors] = /^(.*?)(?:([kmgt])(?:i?b)?|(s))?$/.exec(text) ?? [];
  const found = NUMBER.exec(digits);
  const unit = binary ?? sectors ?? '';
  const factor = UNITS[unit];
  if (!found || factor === undefined) return null;
  const [, hex, hexH, decimalH, whole = '', fraction] = found;
  if (hex !== undefined) return BigInt(`0x${hex}`) * factor;
  if (hexH !== undefined || decimalH !== undefined) return BigInt(`0x${hexH ?? decimalH ?? ''}`) * factor;
  if (fraction === undefined) return BigInt(whole) * factor;
  const scale = 10n ** BigInt(fraction.length);
  const scaled = BigInt(whole + fraction) * factor;
  return unit === '' || unit === 's' ? null : scaled / scale;
}
