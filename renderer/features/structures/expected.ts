import { onesComplementSum } from '../../../core/structure/checksum.ts';

/** Structures whose checksum is the one's complement of the sum of their own bytes, and where it stands. */
const SUMMED: Record<string, number> = { 'vhd.footer': 64, 'vhd.header': 36 };

/** What the checksum of a structure should be; null where its own bytes do not tell. */
export function computedChecksum(structure: string, bytes: Uint8Array): number | null {
  const at = SUMMED[structure];
  return at === undefined ? null : onesComplementSum(bytes, at);
}

/** Fields whose right value can be computed, with that value, where they do not hold it. */
export function expectedValues(structure: string, bytes: Uint8Array): Map<string, string> {
  const out = new Map<string, string>();
  const at = SUMMED[structure];
  const computed = computedChecksum(structure, bytes);
  if (at === undefined || computed === null) return out;
  const stored = new DataView(bytes.buffer, bytes.byteOffset).getUint32(at);
  if (stored !== computed) out.set('checksum', `0x${computed.toString(16).padStart(8, '0')}`);
  return out;
}
