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

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let rest = byte;
  for (let bit = 0; bit < 8; bit += 1) rest = rest & 1 ? (rest >>> 1) ^ 0xedb8_8320 : rest >>> 1;
  return rest;
});

/** CRC-32 as UEFI, zip and Ethernet compute it (polynomial 0x04c11db7, reflected). */
export function crc32(bytes: Uint8Array): number {
  let rest = 0xffff_ffff;
  for (const byte of bytes) rest = (rest >>> 8) ^ (CRC_TABLE[(rest ^ byte) & 0xff] ?? 0);
  return ~rest >>> 0;
}
