import { type Bat, readBat } from '../../formats/vhd/bat.ts';
import { batmapExpected, findBatmap } from '../../formats/vhd/batmap.ts';
import { bitmapHas } from '../../formats/vhd/bitmap.ts';
import { haveNeighbours, placesOf, SLACK, sectorsOf } from '../../formats/vhd/checks/block-size.ts';
import { BLOCK_SIZES, DEFAULT_BLOCK_SIZE, HEADER_LENGTH, SECTOR, UNALLOCATED } from '../../formats/vhd/constants.ts';
import { endStands } from '../../formats/vhd/footer.ts';
import type { VhdImage } from '../../formats/vhd/read.ts';
import type { ByteSource, Signal } from '../../io/source.ts';

/** What of a header leads to the guest's data. */
export interface Layout {
  tableOffset: number;
  maxTableEntries: number;
  blockSize: number;
}

/** A place of the table and a block size by which its blocks fit the file, and what speaks for them. */
export interface Candidate extends Layout {
  /** Entries that name a block. */
  used: number;
  /** The last block ends where the footer begins. */
  ends: boolean;
  /** Two blocks at least lie side by side. */
  neighbours: boolean;
  /** The header's stored checksum is met by it. */
  sealed: boolean;
}

export interface TableFound {
  table: Candidate;
  /** It follows from the file; otherwise it is the most usual of those that are possible. */
  proved: boolean;
  /** All block sizes by which the blocks fit, in bytes. */
  possible: number[];
}

/** Where tables are looked for. */
const REACH = 16 * 1024;
/** Bytes behind an empty table that are looked at before it is believed. */
const BEHIND = 1024 * 1024;
/** Sector bitmaps that are read to see how many sectors a block has. */
const BITMAPS = 64;

/** Where the blocks of this file end: where its footer begins, or its last byte. `cut`: the last block may be cut short. */
export function blockLimit({ footers, source }: Pick<VhdImage, 'footers' | 'source'>): { at: number; cut: boolean } {
  const stands = endStands(footers);
  return { at: stands && footers.end ? footers.end.at : source.size, cut: !stands };
}

/**
 * Finds the block allocation table without the header, or with a damaged one: every sector in reach, every legal block
 * size, kept where all blocks lie behind the table, whole and apart. `sealedBy` answers how many entries a header with that
 * layout has that meets the stored checksum; null when none does. Null when no table fits.
 */
export async function findTable(
  source: ByteSource,
  image: Pick<VhdImage, 'footers' | 'footer' | 'source' | 'virtualSize'>,
  sealedBy: (layout: Layout) => number | null,
  signal?: Signal,
): Promise<TableFound | null> {
  const limit = blockLimit(image);
  const hasBatmap = image.footer !== null && batmapExpected(image.footer.value) !== 'no';
  let empty: TableFound | null = null;
  for (let at = SECTOR + HEADER_LENGTH; at <= REACH && at < source.size; at += SECTOR) {
    const candidates: Candidate[] = [];
    for (const blockSize of BLOCK_SIZES) {
      const needed = Math.ceil((image.virtualSize ?? 0) / blockSize);
      // what is no table says so at once
      const head = await readBat(source, at, Math.min(needed, SECTOR / 4), needed, signal);
      if (!blocksFit(head, blockSize, limit)) continue;
      const bat = await readBat(source, at, needed, needed, signal);
      if (bat.entries.length < needed || !(await isPadded(source, bat))) continue;
      if (!blocksFit(bat, blockSize, limit)) continue;
      const room = hasBatmap ? await roomBefore(source, bat) : needed;
      const layout = { tableOffset: at, blockSize, maxTableEntries: room };
      const sealed = sealedBy({ ...layout, maxTableEntries: needed }) ?? sealedBy(layout);
      const maxTableEntries = sealed ?? room;
      candidates.push({ ...layout, maxTableEntries, ...judge(bat, blockSize, limit.at), sealed: sealed !== null });
    }
    // a larger block size reads the first entries only: the rest has to be explained as well
    const most = Math.max(...candidates.map(({ used }) => used));
    const fitting = candidates.filter(({ used }) => used === most);
    const found = choose(await withinBitmaps(source, fitting));
    if (found === null) continue;
    if (found.table.used > 0) return found;
    const nothing = at === SECTOR + HEADER_LENGTH && (await nothingBehind(source, found.table, limit.at));
    empty ??= { ...found, proved: found.table.sealed || nothing };
  }
  return empty;
}

/** The one of them that the file proves, or the most usual one; null where there is none. */
export function choose<T extends Candidate>(
  candidates: readonly T[],
): { table: T; proved: boolean; possible: number[] } | null {
  const [first] = candidates;
  if (!first) return null;
  const possible = candidates.map(({ blockSize }) => blockSize);
  const proofs = [
    ({ sealed }: T): boolean => sealed,
    (one: T): boolean => one.ends && (one.neighbours || !candidates.some((other) => isHalf(other, one))),
    ({ neighbours }: T): boolean => neighbours,
  ];
  for (const proof of proofs) {
    const [proved, ...others] = candidates.filter(proof);
    if (proved && others.length === 0) return { table: proved, proved: true, possible };
  }
  return {
    table: candidates.find(({ blockSize }) => blockSize === DEFAULT_BLOCK_SIZE) ?? first,
    proved: false,
    possible,
  };
}

/** What a table, read with this block size, says for it. */
export function judge(bat: Bat, blockSize: number, limit: number): Pick<Candidate, 'used' | 'ends' | 'neighbours'> {
  const length = sectorsOf(blockSize);
  const places = placesOf(bat.entries);
  const last = places[places.length - 1];
  const gap = last === undefined ? -1 : limit - (last + length) * SECTOR;
  return { used: places.length, ends: gap >= 0 && gap < SLACK, neighbours: haveNeighbours(places, length) };
}

/** Whether a table's blocks lie behind it, whole, without overlap; the last may be cut where the file is. */
export function blocksFit(bat: Bat, blockSize: number, limit: { at: number; cut: boolean }): boolean {
  const length = sectorsOf(blockSize);
  const used = placesOf(bat.entries);
  let end = (bat.at + bat.entries.length * 4) / SECTOR;
  for (const entry of used) {
    if (entry < end) return false;
    end = entry + length;
  }
  const last = used[used.length - 1];
  return last === undefined || (limit.cut ? last : end) * SECTOR <= limit.at;
}

/** One block of twice the size ends where two of these do, of which a crash left the second out of the table. */
function isHalf(half: Candidate, whole: Candidate): boolean {
  return sectorsOf(half.blockSize) * 2 === sectorsOf(whole.blockSize);
}

/** Those whose blocks have every sector that their bitmaps name: the first sector of one is a bitmap's for any size. */
async function withinBitmaps(source: ByteSource, candidates: readonly Candidate[]): Promise<Candidate[]> {
  const [first] = candidates;
  if (!first || first.used === 0) return [...candidates];
  const { entries } = await readBat(source, first.tableOffset, first.maxTableEntries, first.maxTableEntries);
  let sectors = 0;
  for (const entry of placesOf(entries).subarray(0, BITMAPS)) {
    const bitmap = await source.read(entry * SECTOR, SECTOR);
    for (let sector = SECTOR * 8 - 1; sector >= sectors; sector -= 1) {
      if (!bitmapHas(bitmap, sector)) continue;
      sectors = sector + 1;
      break;
    }
  }
  return candidates.filter(({ blockSize }) => blockSize / SECTOR >= sectors);
}

/** Whether what follows a table in its last sector is what writers put there. */
async function isPadded(source: ByteSource, bat: Bat): Promise<boolean> {
  const end = bat.at + bat.entries.length * 4;
  const rest = await source.read(end, (SECTOR - (end % SECTOR)) % SECTOR);
  return rest.every((byte) => byte === 0xff) || rest.every((byte) => byte === 0);
}

/** Whether between an empty table and the footer there is nothing but a batmap, padding and room to grow. */
async function nothingBehind(
  source: ByteSource,
  { tableOffset, maxTableEntries }: Layout,
  limit: number,
): Promise<boolean> {
  const from = tableOffset + Math.ceil((maxTableEntries * 4) / SECTOR) * SECTOR;
  if (limit - from > BEHIND) return false;
  const rest = await source.read(from, Math.max(0, limit - from));
  const map = (await findBatmap(source, from, limit)) === from ? SECTOR : 0;
  return rest.subarray(map).every((byte) => byte === 0 || byte === 0xff);
}

/** Entries that a table has room for: up to the batmap behind it, where there is one before the first block. */
async function roomBefore(source: ByteSource, { at, entries }: Bat): Promise<number> {
  const end = at + Math.ceil((entries.length * 4) / SECTOR) * SECTOR;
  const block = entries.reduce((least, entry) => Math.min(least, entry), UNALLOCATED) * SECTOR;
  const batmap = await findBatmap(source, end, block);
  return batmap === null || batmap === end ? entries.length : (batmap - at) / 4;
}
