import { type Bat, readBat } from '../../formats/vhd/bat.ts';
import { bitmapLength } from '../../formats/vhd/bitmap.ts';
import { sealHeader } from '../../formats/vhd/build/seal.ts';
import {
  BATMAP_COOKIE,
  DEFAULT_BLOCK_SIZE,
  HEADER_COOKIE,
  HEADER_LENGTH,
  MAX_BLOCK_SIZE,
  MIN_BLOCK_SIZE,
  NO_OFFSET,
  SECTOR,
  UNALLOCATED,
} from '../../formats/vhd/constants.ts';
import { type DynamicHeader, dynamicHeader } from '../../formats/vhd/layout.ts';
import { legalBlockSize, type VhdImage } from '../../formats/vhd/read.ts';
import type { ByteSource } from '../../io/source.ts';
import { onesComplementSum } from '../../structure/checksum.ts';
import { NIL_UUID } from '../../structure/codecs.ts';
import { formatBytes, formatOffset } from '../../structure/text.ts';
import type { RepairContext, Strategy } from './strategy.ts';

const VERSION = 0x0001_0000;
const CHECKSUM = dynamicHeader.field('checksum').offset;

export const headerRecompute: Strategy = {
  id: 'header-recompute',
  does: 'Puts right the one field of the dynamic header that its stored checksum proves wrong, or the checksum itself.',
  keeps: 'Only the dynamic header is touched: one field and its checksum.',
  byDefault: true,
  async plan(context) {
    const { image, draft } = context;
    const { header, footer } = image;
    if (!header) return { refused: 'There is no dynamic header to put right.' };
    if (!footer) return { refused: 'Without a valid footer the header cannot be judged.' };
    if (header.checksumOk) {
      // whoever made this sum made it over the wrong cookie: only the cookie itself is beyond doubt
      if (header.cookieOk || !plausible({ ...header.value, cookie: HEADER_COOKIE }, image))
        return { refused: 'The header’s checksum is right: what it says was meant.' };
      await draft.write(header.at, sealHeader({ cookie: HEADER_COOKIE }, header.bytes), {
        why: 'Every other field is plausible: only the cookie is wrong.',
        field: 'cookie',
        structure: dynamicHeader.id,
      });
      return { confidence: 'certain' };
    }
    const fits = await fitting(context);
    const [fit] = fits;
    if (fit && fits.length === 1) {
      await draft.write(header.at, fit.bytes, {
        why: `With ${fit.field} put right the stored checksum fits.`,
        field: fit.field,
        structure: dynamicHeader.id,
      });
      return { confidence: 'certain' };
    }
    if (fits.length > 1) {
      return {
        refused: `The stored checksum would fit with ${fits.map(({ field }) => field).join(' or with ')} put right: which is meant cannot be told.`,
      };
    }
    if (!header.cookieOk || !plausible(header.value, image) || !(await tableFits(draft, header.value, image))) {
      return { refused: 'No single field explains the stored checksum, and not every field is plausible.' };
    }
    await draft.write(header.at, sealHeader({}, header.bytes), {
      why: 'Every field is plausible: only the checksum is wrong.',
      field: 'checksum',
      structure: dynamicHeader.id,
    });
    return { confidence: 'likely' };
  },
};

interface Fit {
  field: string;
  bytes: Uint8Array;
}

/** Single fields that, given a plausible value, make the stored checksum right, with a table that fits the file. */
async function fitting({ image, draft }: RepairContext): Promise<Fit[]> {
  const { header } = image;
  if (!header) return [];
  const out: Fit[] = [];
  for (const [field, values] of candidates(header.value, image)) {
    for (const value of values) {
      const bytes = dynamicHeader.serialise({ [field]: value }, header.bytes);
      if (onesComplementSum(bytes, CHECKSUM) !== header.value.checksum) continue;
      const parsed = dynamicHeader.parse(bytes);
      if (plausible(parsed, image) && (await tableFits(draft, parsed, image))) out.push({ field, bytes });
    }
  }
  return out;
}

/** What each field can be expected to hold. */
function candidates(value: DynamicHeader, image: VhdImage): [keyof DynamicHeader, unknown[]][] {
  const powers: number[] = [];
  for (let size = MIN_BLOCK_SIZE; size <= MAX_BLOCK_SIZE; size *= 2) powers.push(size);
  const size = image.virtualSize ?? 0;
  const tables: bigint[] = [];
  for (let at = SECTOR + HEADER_LENGTH; at <= 64 * 1024; at += SECTOR) tables.push(BigInt(at));
  const all: [keyof DynamicHeader, unknown[]][] = [
    ['cookie', [HEADER_COOKIE]],
    ['dataOffset', [NO_OFFSET]],
    ['tableOffset', tables],
    ['headerVersion', [VERSION]],
    ['maxTableEntries', legalBlockSize(value.blockSize) ? [Math.ceil(size / value.blockSize)] : []],
    ['blockSize', powers],
    ['reserved1', [0]],
    ['reserved2', [new Uint8Array(256)]],
  ];
  if (image.kind === 'dynamic')
    all.push(['parentUniqueId', [NIL_UUID]], ['parentTimeStamp', [0]], ['parentUnicodeName', ['']]);
  return all.map(([field, values]) => [field, values.filter((candidate) => candidate !== value[field])]);
}

/** Every field could be meant. */
function plausible(value: DynamicHeader, image: VhdImage): boolean {
  const blocks = legalBlockSize(value.blockSize)
    ? Math.ceil((image.virtualSize ?? 0) / value.blockSize)
    : Number.POSITIVE_INFINITY;
  const tableEnd = Number(value.tableOffset) + value.maxTableEntries * 4;
  return (
    value.cookie === HEADER_COOKIE &&
    value.headerVersion === VERSION &&
    value.tableOffset % 512n === 0n &&
    value.tableOffset >= BigInt(SECTOR + HEADER_LENGTH) &&
    value.maxTableEntries >= blocks &&
    tableEnd <= image.source.size &&
    value.reserved2.every((byte) => byte === 0)
  );
}

/** The table this header points to holds entries of this file: whole blocks that lie behind it and do not overlap. */
async function tableFits(source: ByteSource, value: DynamicHeader, image: VhdImage): Promise<boolean> {
  const bat = await readBat(source, Number(value.tableOffset), Math.ceil((image.virtualSize ?? 0) / value.blockSize));
  return blocksFit(bat, value.blockSize, source.size);
}

function blocksFit(bat: Bat, blockSize: number, size: number): boolean {
  const length = (bitmapLength(blockSize) + blockSize) / SECTOR;
  const floor = (bat.at + bat.entries.length * 4) / SECTOR;
  const used = bat.entries.filter((entry) => entry !== UNALLOCATED).sort();
  let end = floor;
  for (const entry of used) {
    if (entry < end) return false;
    end = entry + length;
  }
  return end * SECTOR <= size || used.length === 0;
}

export const headerRebuild: Strategy = {
  id: 'header-rebuild',
  does: 'Writes a new dynamic header from the footer, the block allocation table’s place and the distance of the blocks.',
  keeps: 'Only the 1,024 bytes of the dynamic header are touched.',
  byDefault: true,
  async plan({ draft, image }) {
    const { footer, header } = image;
    if (header?.usable) return { refused: 'The dynamic header is good.' };
    if (!footer || image.virtualSize === null)
      return { refused: 'Without a valid footer the size of the disk is not known.' };
    if (image.kind === 'differencing') {
      return {
        refused:
          'The header named the parent, and nothing else in the file does: it cannot be rebuilt from the file alone.',
      };
    }
    if (image.kind !== 'dynamic') return { refused: 'Only a dynamic disk’s header can be rebuilt.' };
    const at = SECTOR;
    if (header && header.value.cookie === HEADER_COOKIE && header.checksumOk)
      return { refused: 'The header’s checksum is right: what it says was meant.' };
    const table = await findTable(draft, image.virtualSize);
    if (!table) return { refused: 'No block allocation table that fits the file was found behind the header.' };
    const values: DynamicHeader = {
      ...dynamicHeader.parse(new Uint8Array(HEADER_LENGTH)),
      cookie: HEADER_COOKIE,
      dataOffset: NO_OFFSET,
      tableOffset: BigInt(table.at),
      headerVersion: VERSION,
      maxTableEntries: table.entries,
      blockSize: table.blockSize,
    };
    await draft.write(at, sealHeader(values), {
      why: `The block allocation table is at ${formatOffset(table.at)}, and its blocks lie ${formatBytes(table.blockSize)} apart.`,
      structure: dynamicHeader.id,
    });
    const risks = table.proved
      ? []
      : ['The block size is taken to be the usual one: too few blocks are allocated to prove it.'];
    return { confidence: table.proved ? 'certain' : 'likely', risks };
  },
};

interface Table {
  at: number;
  entries: number;
  blockSize: number;
  /** At least two blocks in a row have the distance of this block size. */
  proved: boolean;
}

/** Usual place first, then every sector near it; usual block size first, then every legal one. */
async function findTable(source: ByteSource, virtualSize: number): Promise<Table | null> {
  const sizes = [DEFAULT_BLOCK_SIZE];
  for (let size = MIN_BLOCK_SIZE; size <= MAX_BLOCK_SIZE; size *= 2) if (size !== DEFAULT_BLOCK_SIZE) sizes.push(size);
  let guess: Table | null = null;
  for (let at = SECTOR + HEADER_LENGTH; at <= 16 * 1024 && at < source.size; at += SECTOR) {
    for (const blockSize of sizes) {
      const needed = Math.ceil(virtualSize / blockSize);
      const bat = await readBat(source, at, needed);
      if (bat.entries.length < needed || !blocksFit(bat, blockSize, source.size)) continue;
      if (!bat.entries.some((entry) => entry !== UNALLOCATED) && needed > 0 && guess) continue;
      const proved = hasNeighbours(bat, blockSize);
      const table = { at, blockSize, proved, entries: await entriesOf(source, at, needed) };
      if (proved) return table;
      guess ??= table;
    }
  }
  return guess;
}

function hasNeighbours(bat: Bat, blockSize: number): boolean {
  const length = (bitmapLength(blockSize) + blockSize) / SECTOR;
  const used = [...bat.entries.filter((entry) => entry !== UNALLOCATED)].sort((a, b) => a - b);
  // XenServer aligns data to 4 KiB, so neighbours may lie a few sectors further apart
  return used.some(
    (entry, index) =>
      index > 0 && entry - (used[index - 1] ?? 0) >= length && entry - (used[index - 1] ?? 0) < length + 8,
  );
}

/** With a batmap behind the table its place says how many entries the table has room for. */
async function entriesOf(source: ByteSource, at: number, needed: number): Promise<number> {
  const end = at + Math.ceil((needed * 4) / SECTOR) * SECTOR;
  const found = await source.read(end, 8);
  if (String.fromCharCode(...found) === BATMAP_COOKIE) return needed;
  for (let place = end + SECTOR; place < end + 1024 * 1024 && place < source.size; place += SECTOR) {
    const bytes = await source.read(place, 8);
    if (String.fromCharCode(...bytes) === BATMAP_COOKIE) return (place - at) / 4;
  }
  return needed;
}
