/** Four characters as a little-endian word. */
const word = (text: string): number => {
  let sum = 0;
  for (let index = 3; index >= 0; index -= 1) sum = sum * 256 + text.charCodeAt(index);
  return sum;
};

const XFS = word('XFSB');
const LUKS = word('LUKS');
const LVM2 = word('LABE');
const REFS = word('FSRS');
const RAID = 0xa92b4efc;
const APFS = word('NXSB');
const SWAP = word('ACE2');
const BTRFS = word('_BHR');
const GPT = word('EFI ');
const GPT_END = word('PART');
/** Offset of btrfs's superblock, which its first copy names as its own place. */
const BTRFS_AT = 65_536;

const SECTOR = 512;
const NONE: readonly number[] = [];
/** At the very start: also boot records, and boot sectors of NTFS, exFAT, FAT and ReFS. */
const HERE: readonly number[] = [0];
/** 1024 bytes on: ext, HFS+. */
const SUPERBLOCK: readonly number[] = [1024];
const SWAP_PAGE: readonly number[] = [4096 - 512];
const BTRFS_PLACE: readonly number[] = [BTRFS_AT];

/**
 * Looks for the marks of file systems, boot records and headers of a GPT in one sector of 512 bytes. A mark is cheap and weak: whether anything
 * begins there is for identifyFileSystem. Answers how many bytes before the sector that would be.
 * @param words the disk's bytes as little-endian words
 * @param at index of the sector's first word
 */
export function fileSystemMark(words: Uint32Array, at: number): readonly number[] {
  const first = words[at] ?? 0;
  const last = words[at + 127] ?? 0;
  const ext = words[at + 14] ?? 0;
  const own = words[at + 12] ?? 0;
  const apfs = words[at + 8] ?? 0;
  // most sectors of a disk that has holes
  if ((first | last | ext | own | apfs) === 0) return NONE;
  if (first === GPT && words[at + 1] === GPT_END) return HERE;
  if (first === XFS || first === LUKS || apfs === APFS || words[at + 4] === REFS) return HERE;
  // boot sectors begin with a jump, extended boot records with nothing
  if (last >>> 16 === 0xaa55 && ((first & 0xff) === 0xeb || (first & 0xff) === 0xe9 || first === 0)) return HERE;
  // these two say in which sector they stand
  if (first === LVM2) return [(words[at + 2] ?? 0) * SECTOR];
  if (first === RAID) return [(words[at + 36] ?? 0) * SECTOR];
  // copies of ext's superblock say which group they are in
  if ((ext & 0xffff) === 0xef53 && (words[at + 22] ?? 0) >>> 16 === 0) return SUPERBLOCK;
  if ((first & 0xffff) === 0x2b48 || (first & 0xffff) === 0x5848) return SUPERBLOCK;
  if (last === SWAP) return SWAP_PAGE;
  if (own === BTRFS_AT && words[at + 13] === 0 && words[at + 16] === BTRFS) return BTRFS_PLACE;
  return NONE;
}
