/**
 * VHD's checksum: the one's complement of the sum of all bytes, those of the checksum field counting as zero.
 * The bytes are as read and are not changed.
 */
export function onesComplementSum(bytes: Uint8Array, fieldAt: number, fieldLength = 4): number {
  let sum = 0;
  for (let i = 0; i < bytes.length; i += 1) {
    if (i < fieldAt || i >= fieldAt + fieldLength) sum += bytes[i] ?? 0;
  }
  return ~sum >>> 0;
}
