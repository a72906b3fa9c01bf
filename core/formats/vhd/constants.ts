/** Numbers of the VHD format. Source: Microsoft, "Virtual Hard Disk Image Format Specification", version 1.0. */

export const SECTOR = 512;
export const FOOTER_LENGTH = 512;
/** Virtual PC before 2004 wrote one byte less. */
export const SHORT_FOOTER_LENGTH = 511;
export const HEADER_LENGTH = 1024;

export const FOOTER_COOKIE = 'conectix';
export const HEADER_COOKIE = 'cxsparse';
export const BATMAP_COOKIE = 'tdbatmap';
/** blktap writes this over the footer's cookie while a disk is being resized or is disabled. */
export const POISON_COOKIE = 'v_poison';

export const NO_OFFSET = 0xffff_ffff_ffff_ffffn;
export const UNALLOCATED = 0xffff_ffff;

export const TYPE_FIXED = 2;
export const TYPE_DYNAMIC = 3;
export const TYPE_DIFFERENCING = 4;

export const MIN_BLOCK_SIZE = 512 * 1024;
export const MAX_BLOCK_SIZE = 256 * 1024 * 1024;
export const DEFAULT_BLOCK_SIZE = 2 * 1024 * 1024;
/** Every legal one, the smallest first. */
export const BLOCK_SIZES: readonly number[] = Array.from(
  { length: Math.log2(MAX_BLOCK_SIZE / MIN_BLOCK_SIZE) + 1 },
  (_, power) => MIN_BLOCK_SIZE * 2 ** power,
);

/** Entries of a BAT that are looked at; 2³² sectors of file hold at most 2²³ blocks of the smallest legal size. */
export const MAX_BAT_ENTRIES = 1 << 24;

/** 2000-01-01T00:00:00Z in seconds since 1970: VHD counts from there. */
export const VHD_EPOCH = 946_684_800;

/** A VHD time as ISO 8601 UTC. */
export function vhdTimeToIso(seconds: number): string {
  return new Date((seconds + VHD_EPOCH) * 1000).toISOString().replace('.000Z', 'Z');
}

/** Seconds since 2000 of a time in milliseconds since 1970; floor, as blktap does. */
export function msToVhdTime(milliseconds: number): number {
  return Math.floor(milliseconds / 1000) - VHD_EPOCH;
}
