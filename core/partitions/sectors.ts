import { identifyFileSystem } from '../formats/filesystems/identify.ts';
import { gptEntry, gptTypeName } from '../formats/gpt/layout.ts';
import type { ByteSource, Signal } from '../io/source.ts';
import { NIL_UUID, u16le } from '../structure/codecs.ts';
import { readGptCopy } from './gpt.ts';
import { areLikely, type BootRecord, isExtended, readBootRecord } from './mbr.ts';

const SMALL = 512;
const LARGE = 4096;
const SIZES = [SMALL, LARGE] as const;

/**
 * Bytes of a sector as a GPT shows them: by a header in sector 1, in the last one or where the protective entry ends, by how far
 * that entry reaches, or by where the list of entries stands. 512 where nothing tells.
 */
export async function sectorSizeOf(source: ByteSource, record: BootRecord | null, signal?: Signal): Promise<number> {
  const protective = record?.signatureOk ? (record.protective?.sectorCount ?? null) : null;
  for (const lba of [1, -1, protective]) {
    if (lba === null) continue;
    for (const size of SIZES) {
      const copy = await readGptCopy(source, lba > 0 ? lba : Math.floor(source.size / size) - 1, size, signal);
      if (copy?.headerOk) return size;
    }
  }
  if (protective !== null) for (const size of SIZES) if (Math.floor(source.size / size) - 1 === protective) return size;
  if (protective !== null || (record && record.used.length === 0))
    for (const size of SIZES) if (await hasEntry(source, 2 * size, size, signal)) return size;
  return SMALL;
}

/** Whether the first entry of a GPT stands at a byte: of a type that is known, within the disk, and with none before it. */
async function hasEntry(source: ByteSource, at: number, sectorSize: number, signal?: Signal): Promise<boolean> {
  const bytes = await source.read(at, gptEntry.length, signal);
  if (bytes.length < gptEntry.length) return false;
  const { partitionTypeGuid: type, startingLba, endingLba } = gptEntry.parse(bytes);
  if (type === NIL_UUID || gptTypeName(type) === 'unknown') return false;
  const before = at > 2 * SMALL ? await source.read(2 * SMALL, gptEntry.length, signal) : [];
  if (before.some((byte) => byte !== 0)) return false;
  return startingLba > 2n && startingLba <= endingLba && endingLba < BigInt(Math.floor(source.size / sectorSize));
}

/**
 * Whether an MBR counts in sectors of 4096 bytes: file systems stand where its entries say so, as large as these, and none
 * stands where they say in sectors of 512.
 */
export async function countsLarge(source: ByteSource, record: BootRecord, signal?: Signal): Promise<boolean> {
  const { signatureOk, statusOk, used } = record;
  if (!signatureOk || !statusOk || !areLikely(used, Math.floor(source.size / LARGE))) return false;
  let said = false;
  for (const { entry } of used) {
    const { firstLba: first, sectorCount: count, type } = entry;
    if (isExtended(type)) {
      if (await isRecord(source, first * SMALL, signal)) return false;
      continue;
    }
    if (await identifyFileSystem(source, { at: first * SMALL, length: count * SMALL }, signal)) return false;
    const found = await identifyFileSystem(source, { at: first * LARGE, length: count * LARGE }, signal);
    // by chance something may stand there, but hardly something that is too large for the entry in small sectors
    const fills = found !== null && (found.size ?? 0) > count * SMALL && (found.size ?? 0) <= count * LARGE;
    if (fills || (found && (await declared(source, first * LARGE, found.type, signal)) === LARGE)) said = true;
  }
  return said;
}

async function isRecord(source: ByteSource, at: number, signal?: Signal): Promise<boolean> {
  const record = await readBootRecord(source, at, signal);
  return record !== null && record.signatureOk && record.statusOk && record.used.length > 0;
}

/** Marks that are looked at for a file system. */
const MAX_MARKS = 256;

/** Whether file systems at these bytes, which ascend, say that the disk has sectors of 4096 bytes, and none that it has smaller ones. */
export async function saidLarge(source: ByteSource, places: readonly number[], signal?: Signal): Promise<boolean> {
  let said = false;
  let until = 1;
  for (const at of places.filter((place) => place > 0).slice(0, MAX_MARKS)) {
    // what lies within a file system is in a file, as on a virtual disk
    if (at < until) continue;
    const found = await identifyFileSystem(source, { at, length: source.size - at }, signal);
    const size = found && (await declared(source, at, found.type, signal));
    if (found?.size) until = at + found.size;
    if (size === SMALL) return false;
    if (size === LARGE && at % LARGE === 0) said = true;
  }
  return said;
}

/** Bytes of a sector by a boot sector of Windows, which is made for the disk's own; null for what keeps none. */
async function declared(source: ByteSource, at: number, type: string, signal?: Signal): Promise<number | null> {
  const head = (await source.read(at, SMALL, signal)).slice();
  if (head.length < SMALL) return null;
  if (type === 'ntfs' || type === 'bitlocker' || type === 'fat32' || type === 'fat16') return u16le.read(head, 11);
  return type === 'exfat' ? 2 ** (head[108] ?? 0) : null;
}
