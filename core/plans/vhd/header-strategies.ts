import { type Bat, readBat } from '../../formats/vhd/bat.ts';
import { bitmapLength } from '../../formats/vhd/bitmap.ts';
import { sealHeader } from '../../formats/vhd/build/seal.ts';
import { headerFit, implausibleField } from '../../formats/vhd/checks/check.ts';
import { HEADER_VERSION_1_0, withConstants } from '../../formats/vhd/checks/header-fit.ts';
import {
  BATMAP_COOKIE,
  DEFAULT_BLOCK_SIZE,
  HEADER_COOKIE,
  HEADER_LENGTH,
  MAX_BLOCK_SIZE,
  MIN_BLOCK_SIZE,
  msToVhdTime,
  NO_OFFSET,
  SECTOR,
  UNALLOCATED,
} from '../../formats/vhd/constants.ts';
import { type DynamicHeader, dynamicHeader } from '../../formats/vhd/layout.ts';
import { lastComponent, locatorPath, readLocators } from '../../formats/vhd/locators.ts';
import { blocksOf } from '../../formats/vhd/read.ts';
import type { ByteSource } from '../../io/source.ts';
import { formatBytes, formatOffset } from '../../structure/text.ts';
import type { Strategy } from './strategy.ts';

export const headerRecompute: Strategy = {
  id: 'header-recompute',
  does: 'Puts right the one field of the dynamic header that its stored checksum proves wrong, or the checksum itself.',
  keeps: 'Only the dynamic header is touched: one field and its checksum.',
  byDefault: true,
  async plan({ draft, image, findings, surroundings: { parent }, asked }) {
    const { header, footer } = image;
    if (!header) return { refused: 'There is no dynamic header to put right.' };
    if (!footer) return { refused: 'Without a valid footer the header cannot be judged.' };
    const fit = headerFit(image, {
      ids: parent?.summary.vhd?.id ? [parent.summary.vhd.id] : [],
      names: image.kind === 'differencing' ? await locatorNames(draft, header.value) : [],
      times: parent ? [msToVhdTime(parent.summary.modified)] : [],
    });
    if (!fit) {
      return {
        refused:
          'No single field explains the stored checksum, or more than one would, and not every field is plausible.',
      };
    }
    if (fit.field === 'checksum' && parent?.verdict === 'id-mismatch' && !asked) {
      return {
        refused:
          'The parent’s id in the header is not that of the file found for it, and the stored checksum does not prove which is right. Ask for header-recompute by name to keep the id that is there.',
      };
    }
    const implausible = implausibleField(findings);
    // locators are written anew where the parent was found; everything else would stay wrong under a good sum
    const mended = implausible?.startsWith('parentLocator') && parent && parent.verdict !== 'id-mismatch';
    if (fit.field === 'checksum' && implausible && !mended && !asked) {
      return {
        refused: `${implausible} cannot be right either: a new checksum would seal it as it is. Ask for header-recompute by name to have the sum made all the same.`,
      };
    }
    const needed = blocksOf(image.virtualSize, fit.value);
    const bat = await readBat(draft, Number(fit.value.tableOffset), needed, needed);
    if (!blocksFit(bat, fit.value.blockSize, draft.size)) {
      return {
        refused: `With ${fit.field} put right the checksum fits, but the blocks in the table do not fit the file.`,
      };
    }
    const why =
      fit.field === 'checksum'
        ? 'Every field is plausible: only the checksum is wrong.'
        : `With ${fit.field} put right the header is whole.`;
    await draft.write(header.at, fit.bytes, { why, field: fit.field, structure: dynamicHeader.id });
    return { confidence: fit.field === 'checksum' ? 'likely' : 'certain' };
  },
};

async function locatorNames(source: ByteSource, header: DynamicHeader): Promise<string[]> {
  const locators = await readLocators(source, header);
  return locators.map(({ code, text }) => lastComponent(locatorPath(code, text ?? '').path));
}

/** Whether a table's blocks lie behind it, whole, without overlap: the last may be cut, as a file can be. */
function blocksFit(bat: Bat, blockSize: number, size: number): boolean {
  const length = (bitmapLength(blockSize) + blockSize) / SECTOR;
  const used = bat.entries.filter((entry) => entry !== UNALLOCATED).sort();
  let end = (bat.at + bat.entries.length * 4) / SECTOR;
  for (const entry of used) {
    if (entry < end) return false;
    end = entry + length;
  }
  const last = used[used.length - 1];
  return last === undefined || last * SECTOR < size;
}

export const headerRebuild: Strategy = {
  id: 'header-rebuild',
  does: 'Writes a dynamic header from the footer, the block allocation table’s place and the distance of the blocks.',
  keeps: 'Only the 1,024 bytes of the dynamic header are touched.',
  byDefault: true,
  async plan({ draft, image, findings, surroundings: { parent }, asked }) {
    const { footer, header } = image;
    if (!footer || image.virtualSize === null)
      return { refused: 'Without a valid footer the size of the disk is not known.' };
    if (image.kind === 'fixed' || image.kind === null)
      return { refused: 'Only dynamic and differencing disks have this header.' };
    const wrong = findings.some(({ code }) => code.startsWith('header.'));
    if (header?.usable && !wrong) return { refused: 'The dynamic header is good.' };
    if (!header?.cookieOk && image.kind === 'differencing') {
      return {
        refused:
          'The header named the parent, and nothing else in the file does: it cannot be rebuilt from the file alone.',
      };
    }
    const table = await findTable(draft, image.virtualSize);
    if (!table) return { refused: 'No block allocation table that fits the file was found behind the header.' };
    if (header?.cookieOk && header.checksumOk && !table.proved) {
      return {
        refused:
          'The header’s checksum is right, and too few blocks are allocated to prove that it is wrong all the same.',
      };
    }
    const empty: DynamicHeader = {
      ...dynamicHeader.parse(new Uint8Array(HEADER_LENGTH)),
      cookie: HEADER_COOKIE,
      dataOffset: NO_OFFSET,
      headerVersion: HEADER_VERSION_1_0,
    };
    const found = { tableOffset: BigInt(table.at), maxTableEntries: table.entries, blockSize: table.blockSize };
    const proved = header?.checksumOk || (parent && parent.verdict !== 'id-mismatch');
    if (image.kind === 'differencing' && !proved && !asked) {
      return {
        refused: parent
          ? 'The parent’s id in the header is not that of the file found for it, and the stored checksum does not prove which is right. Ask for header-rebuild by name to keep the id that is there.'
          : 'The parent was not found, so nothing proves that its id in the header is right. Ask for header-rebuild by name to keep it.',
      };
    }
    const future = parent && findings.some(({ code }) => code === 'parent.timestamp-future');
    const time = future ? { parentTimeStamp: msToVhdTime(parent.summary.modified) } : {};
    const bytes = header?.cookieOk
      ? sealHeader({ ...found, ...time }, withConstants(header, image.kind).bytes)
      : sealHeader({ ...empty, ...found });
    await draft.write(header?.cookieOk ? header.at : SECTOR, bytes, {
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
      const bat = await readBat(source, at, needed, needed);
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
