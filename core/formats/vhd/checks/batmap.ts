import type { Finding } from '../../../findings/finding.ts';
import { makeFinding } from '../../../findings/make.ts';
import { onesComplementSum } from '../../../structure/checksum.ts';
import { formatCount, formatOffset } from '../../../structure/text.ts';
import { BATMAP_V1_1, BATMAP_V1_2, type Batmap, batmapChecksum, batmapExpected } from '../batmap.ts';
import { bitmapHas } from '../bitmap.ts';
import { DEFAULT_BLOCK_SIZE, SECTOR, UNALLOCATED } from '../constants.ts';
import { batmapHeader } from '../layout.ts';
import type { VhdImage } from '../read.ts';
import { counted, fieldParts, glimpse } from './context.ts';
import type { Survey } from './survey.ts';

const REBUILD = { repairs: ['batmap-rebuild' as const] };

/** Rules of XenServer's batmap. Nothing of the guest's depends on it: what it says follows from the sector bitmaps. */
export function checkBatmap(image: VhdImage, survey: Survey): Finding[] {
  const { bat, batmap, footer, header, source } = image;
  if (!bat || !header?.usable || !footer || survey.tablePromiseAbsurd || !survey.tableReads) return [];
  if (!batmap) {
    const at = bat.at + bat.paddedLength;
    // where the file ends before it, that is said already
    if (
      batmapExpected(footer.value) !== 'always' ||
      at + SECTOR <= source.size ||
      bat.at + bat.promised * 4 > source.size
    )
      return [];
    const message = `The creator's version promises a batmap behind the table, at ${formatOffset(at)}, but the file ends there.`;
    return [
      makeFinding('batmap.cookie', 'no-loss', message, {
        offset: at,
        length: 0,
        structure: batmapHeader.id,
        ...REBUILD,
      }),
    ];
  }
  const { at, value } = batmap;
  if (!batmap.cookieOk) {
    const message = `The creator's version promises a batmap behind the table, but at ${formatOffset(at)} stands ${glimpse(batmap.bytes)} instead of tdbatmap. vhd-util can neither check nor coalesce such an image.`;
    return [
      makeFinding('batmap.cookie', 'no-loss', message, { ...fieldParts(batmapHeader, at, 'cookie'), ...REBUILD }),
    ];
  }
  if (value.batmapVersion !== BATMAP_V1_1 && value.batmapVersion !== BATMAP_V1_2) {
    const version = `${value.batmapVersion >>> 16}.${value.batmapVersion & 0xffff}`;
    const message = `The batmap's version is ${version}; 1.1 and 1.2 are known.`;
    return [
      makeFinding('batmap.version', 'no-loss', message, {
        ...fieldParts(batmapHeader, at, 'batmapVersion'),
        ...REBUILD,
      }),
    ];
  }
  const size = checkSize(image, batmap);
  if (size) return [size];
  const sum = checkSum(image, batmap);
  // bits under a wrong checksum are no evidence
  return sum ? [sum] : checkBits(survey, batmap);
}

function checkSize({ blocks, source }: VhdImage, { at, value, map }: Batmap): Finding | null {
  const expected = BigInt(at + SECTOR);
  if (!map) {
    const outside = value.batmapOffset + BigInt(value.batmapSize) * BigInt(SECTOR) > BigInt(source.size);
    const field = value.batmapOffset === expected ? 'batmapSize' : 'batmapOffset';
    const why =
      value.batmapSize === 0
        ? 'it takes no sectors'
        : outside
          ? 'that is not in the file'
          : 'that is more than any table needs';
    const message = `The batmap is said to take ${counted(value.batmapSize, 'sector')} at ${formatOffset(value.batmapOffset)}, but ${why}.`;
    return makeFinding('batmap.size', 'no-loss', message, { ...fieldParts(batmapHeader, at, field), ...REBUILD });
  }
  if (value.batmapOffset !== expected) {
    const message = `The batmap's bits are said to be at ${formatOffset(value.batmapOffset)}; they belong straight behind its header, at ${formatOffset(expected)}.`;
    return makeFinding('batmap.size', 'no-loss', message, {
      ...fieldParts(batmapHeader, at, 'batmapOffset'),
      ...REBUILD,
    });
  }
  if (map.bytes.length * 8 >= blocks) return null;
  const message = `The batmap has room for ${formatCount(map.bytes.length * 8)} blocks; the disk has ${formatCount(blocks)}.`;
  return makeFinding('batmap.size', 'no-loss', message, { ...fieldParts(batmapHeader, at, 'batmapSize'), ...REBUILD });
}

/** The sum goes over the whole map or, as vhd-util makes it, over the sectors that the disk's size needs. */
function checkSum({ virtualSize }: VhdImage, { at, value, map, checksumOk, computedChecksum }: Batmap): Finding | null {
  if (checksumOk || !map) return null;
  const needed = Math.ceil(Math.ceil((virtualSize ?? 0) / DEFAULT_BLOCK_SIZE) / 8 / SECTOR) * SECTOR;
  const part = map.bytes.subarray(0, needed);
  if (needed > 0 && batmapChecksum(part, value.batmapVersion) === value.checksum) return null;
  const swapped = value.batmapVersion === BATMAP_V1_1 && onesComplementSum(map.bytes, 0, 0) === value.checksum;
  const why = swapped ? ' The sum is that of version 1.2, with unsigned bytes.' : '';
  const message = `The batmap's checksum does not fit: stored 0x${value.checksum.toString(16).padStart(8, '0')}, computed 0x${(computedChecksum ?? 0).toString(16).padStart(8, '0')}.${why} vhd-util can neither repair nor coalesce such an image; its content is not touched.`;
  return makeFinding('batmap.checksum', 'no-loss', message, {
    ...fieldParts(batmapHeader, at, 'checksum'),
    ...REBUILD,
  });
}

/** Bits for blocks that are not allocated. */
function checkBits({ entries }: Survey, { map }: Batmap): Finding[] {
  if (!map) return [];
  const wrong: number[] = [];
  let count = 0;
  for (let byte = 0; byte < map.bytes.length; byte += 1) {
    if (map.bytes[byte] === 0) continue;
    for (let block = byte * 8; block < Math.min(byte * 8 + 8, entries.length); block += 1) {
      if (!bitmapHas(map.bytes, block) || entries[block] !== UNALLOCATED) continue;
      count += 1;
      if (wrong.length < 8) wrong.push(block);
    }
  }
  const first = wrong[0];
  if (first === undefined) return [];
  const names = `${count === 1 ? 'block' : 'blocks'} ${wrong.join(', ')}${count > wrong.length ? ` and ${formatCount(count - wrong.length)} more` : ''}`;
  const last = wrong[wrong.length - 1] ?? first;
  const message = `The batmap says that ${names} ${count === 1 ? 'is' : 'are'} full, but ${count === 1 ? 'it is' : 'they are'} not allocated.`;
  return [
    makeFinding('batmap.unallocated-full', 'no-loss', message, {
      offset: map.at + (first >> 3),
      length: (last >> 3) - (first >> 3) + 1,
      field: `block ${first}`,
      structure: batmapHeader.id,
      ...REBUILD,
    }),
  ];
}
