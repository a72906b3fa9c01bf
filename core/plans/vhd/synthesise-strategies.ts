import type { Extent } from '../../findings/finding.ts';
import { blockOffset } from '../../formats/vhd/bat.ts';
import { sealFooter } from '../../formats/vhd/build/seal.ts';
import {
  BATMAP_COOKIE,
  FOOTER_COOKIE,
  FOOTER_LENGTH,
  msToVhdTime,
  NO_OFFSET,
  SECTOR,
  TYPE_DIFFERENCING,
  TYPE_DYNAMIC,
  TYPE_FIXED,
} from '../../formats/vhd/constants.ts';
import { mendFixedFooter } from '../../formats/vhd/fixed-footer.ts';
import { sightFooter } from '../../formats/vhd/footer.ts';
import { geometryBytes, geometryFor } from '../../formats/vhd/geometry.ts';
import { type Footer, footer } from '../../formats/vhd/layout.ts';
import { type ByteSource, type Signal, SliceSource } from '../../io/source.ts';
import { readGptCopy } from '../../partitions/gpt.ts';
import { readTable } from '../../partitions/read.ts';
import { NIL_UUID } from '../../structure/codecs.ts';
import { formatBytes, formatOffset } from '../../structure/text.ts';
import { putEndFooter } from './footer-strategies.ts';
import { placeFooter, type RepairContext, type Strategy, type StrategyResult } from './strategy.ts';

const MIB = 1024 * 1024;

/** A footer made of what is known; everything else as its creator would have written it. */
function newFooter(size: number, kind: number, id: string, now: number, tapdisk: boolean): Uint8Array {
  const values: Partial<Footer> = {
    cookie: FOOTER_COOKIE,
    features: 2,
    fileFormatVersion: 0x0001_0000,
    dataOffset: kind === TYPE_FIXED ? NO_OFFSET : BigInt(SECTOR),
    timeStamp: msToVhdTime(now),
    creatorApplication: tapdisk ? 'tap\0' : 'vpc ',
    creatorVersion: tapdisk ? 0x0001_0003 : 0x0005_0003,
    creatorHostOs: tapdisk ? '\0\0\0\0' : 'Wi2k',
    originalSize: BigInt(size),
    currentSize: BigInt(size),
    diskGeometry: geometryFor(size),
    diskType: kind,
    uniqueId: id,
  };
  return sealFooter(values, new Uint8Array(FOOTER_LENGTH));
}

export const footerSynthesise: Strategy = {
  id: 'footer-synthesise',
  does: 'Makes a new footer and copy from what the header, the table, the children and the disk’s own partition table say.',
  keeps: 'No block, bitmap or header is touched.',
  byDefault: true,
  async plan(context) {
    const { draft, image, surroundings } = context;
    const { header, bat } = image;
    if (image.footer) return pointAtHeader(context);
    if (!header?.usable || !bat) return { refused: 'Without a dynamic header not even the kind of disk is known.' };
    const place = await placeFooter(context);
    if ('refused' in place) return place;
    const size = (await guestSaysSize(context)) ?? likelySize(context);
    const children = surroundings.children.filter(({ vhd }) => vhd?.parent && vhd.parent.id !== NIL_UUID);
    const ids = [...new Set(children.map(({ vhd }) => vhd?.parent?.id ?? ''))];
    const id = ids.length === 1 ? (ids[0] ?? surroundings.newId) : surroundings.newId;
    const differencing = header.value.parentUniqueId !== NIL_UUID || header.value.parentUnicodeName !== '';
    const tail = bat.at + bat.paddedLength;
    const tapdisk = String.fromCharCode(...(await draft.read(tail, 8))) === BATMAP_COOKIE;
    const bytes = newFooter(size.bytes, differencing ? TYPE_DIFFERENCING : TYPE_DYNAMIC, id, surroundings.now, tapdisk);
    await draft.write(0, bytes, { why: `A new footer: ${formatBytes(size.bytes)} ${size.why}.`, structure: footer.id });
    await putEndFooter(
      context,
      place.at,
      sightFooter(bytes, 'end', place.at),
      `Data ends at ${formatOffset(place.at)}: the footer belongs there.`,
    );
    const risks = [
      `The size of the disk is ${size.sure ? 'taken from elsewhere' : 'known to whole blocks only'}: ${formatBytes(size.bytes)} ${size.why}.`,
    ];
    risks.push(
      ids.length === 1
        ? 'The id is the one its children expect.'
        : 'The id is new: children that name the old one will not find it.',
    );
    return { confidence: size.sure && ids.length === 1 ? 'likely' : 'guess', lossy: true, risks };
  },
};

/** A footer that is whole but for the offset of the header, which was found: the one field can be proved. */
async function pointAtHeader({ draft, image }: RepairContext): Promise<StrategyResult | { refused: string }> {
  const { footer: good, header } = image;
  if (!good || !header?.usable || image.kind === 'fixed' || good.value.dataOffset === BigInt(header.at)) {
    return { refused: 'A valid footer is there: nothing has to be made up.' };
  }
  const bytes = sealFooter({ dataOffset: BigInt(header.at) }, good.bytes);
  const note = {
    why: `The dynamic header stands at ${formatOffset(header.at)}.`,
    field: 'dataOffset',
    structure: footer.id,
  };
  await draft.write(0, bytes, note);
  if (good.place === 'end') await draft.write(good.at, bytes, note);
  return { confidence: 'certain' };
}

/** A disk with a GPT has its backup in the last sector, and the primary says where that is; null where there is none. */
async function guestSaysSize({ draft, image, signal }: RepairContext): Promise<LikelySize | null> {
  const first = image.bat && blockOffset(image.bat, 0);
  const { blockSize = 0, maxTableEntries = 0 } = image.header?.value ?? {};
  if (first === null || first + image.bitmapBytes + blockSize > draft.size) return null;
  const block = new SliceSource(draft, first + image.bitmapBytes, blockSize);
  const gpt = await readGptCopy(block, 1, SECTOR, signal);
  if (!gpt?.headerOk) return null;
  const bytes = (Number(gpt.value.alternateLba) + 1) * SECTOR;
  if (bytes > maxTableEntries * blockSize || bytes <= (maxTableEntries - 1) * blockSize) return null;
  return { bytes, why: 'as the guest’s own partition table says', sure: true };
}

interface LikelySize {
  bytes: number;
  why: string;
  sure: boolean;
}

function likelySize({ image, surroundings }: RepairContext): LikelySize {
  const sizes = [...new Set(surroundings.children.map(({ vhd }) => vhd?.virtualSize ?? 0))].filter((size) => size > 0);
  const most = (image.header?.value.maxTableEntries ?? 0) * (image.header?.value.blockSize ?? 0);
  const [only] = sizes;
  if (sizes.length === 1 && only !== undefined && only <= most)
    return { bytes: only, why: 'as its children have', sure: true };
  return { bytes: most, why: 'as the table has entries for', sure: false };
}

export const footerFixedSynthesise: Strategy = {
  id: 'footer-fixed-synthesise',
  does: 'Puts a fixed disk’s damaged footer right, or makes a new one where none is left: its data is the whole file.',
  keeps: 'Nothing before the footer is touched.',
  byDefault: true,
  async plan({ draft, image, surroundings, asked, signal }) {
    if (image.footer) return { refused: 'A valid footer is there: nothing has to be made up.' };
    if (image.header?.cookieOk) return { refused: 'The file has a dynamic header: it is no fixed disk.' };
    const ids = surroundings.children.flatMap(({ vhd }) => vhd?.parent?.id ?? []);
    const end = image.footers.end;
    const mended = end && mendFixedFooter(end, { ids, now: msToVhdTime(surroundings.now) });
    if (end && mended) {
      await draft.write(end.at, mended.bytes, {
        why: mended.proved
          ? 'Put right, the footer’s checksum fits.'
          : 'What follows from the file itself is put right; everything else stays as it stands.',
        structure: footer.id,
      });
      if (mended.proved) return { confidence: 'certain' };
      return {
        confidence: 'likely',
        risks: [
          `What was damaged is not proved: it may be the id, ${footer.parse(mended.bytes).uniqueId}, or the time.`,
        ],
      };
    }
    const { size } = draft;
    if (size < SECTOR * 2) return { refused: 'The file is too small to hold a disk.' };
    const tail = await draft.read(size - (size % SECTOR || SECTOR), SECTOR);
    const inPlace = isDiskSize(size - SECTOR) && size % SECTOR === 0 && tail.every((byte) => byte === 0);
    const rest = size % SECTOR;
    const data = inPlace ? size - SECTOR : size - rest;
    if (!asked && !isDiskSize(data))
      return {
        refused:
          'The file is neither a whole number of MiB nor of cylinders long, with or without a footer: nothing shows that it is a disk. Ask for footer-fixed-synthesise by name when it is.',
      };
    if (!asked && !(await looksLikeDisk(draft)))
      return {
        refused: 'Nothing in the file shows that it is a disk. Ask for footer-fixed-synthesise by name when it is.',
      };
    const bytes = newFooter(data, TYPE_FIXED, surroundings.newId, surroundings.now, false);
    await draft.write(data, bytes, {
      why: `The disk’s ${formatBytes(data)} end at ${formatOffset(data)}: the footer belongs there.`,
      structure: footer.id,
    });
    const risks = ['The id is new: children that name the old one will not find it.'];
    if (!inPlace)
      risks.push(
        'Nothing tells a fixed disk without its footer from a raw disk: everything in the file is taken for data.',
      );
    const missing = await beyond(new SliceSource(draft, 0, data), signal);
    if (missing === null) return { confidence: 'likely', risks };
    risks.push('The guest’s own partition table reaches behind the end of the file: its end has been cut off.');
    return { confidence: 'likely', risks, lost: [missing] };
  },
};

/** What a disk's own partition table names and the file does not hold; null when it holds all. */
async function beyond(disk: ByteSource, signal?: Signal): Promise<Extent | null> {
  const { partitions, sectorSize, structures } = await readTable(disk, { signal });
  let end = 0;
  for (const { end: last } of partitions) end = Math.max(end, (last + 1) * sectorSize);
  if (structures.some(({ id }) => id === 'gpt')) {
    const gpt = await readGptCopy(disk, 1, sectorSize, signal);
    if (gpt?.headerOk) end = Math.max(end, (Number(gpt.value.alternateLba) + 1) * sectorSize);
  }
  return end > disk.size && Number.isSafeInteger(end) ? { offset: disk.size, length: end - disk.size } : null;
}

/** Sizes that disks are made with: whole MiB, or whole cylinders of the footer's own geometry. */
function isDiskSize(size: number): boolean {
  return size > 0 && (size % MIB === 0 || size === geometryBytes(geometryFor(size)));
}

/**
 * Not noise: a partition table or boot sector, or bytes that are far from evenly spread. Random bytes named .vhd are not
 * dressed up as a disk.
 */
async function looksLikeDisk(draft: RepairContext['draft']): Promise<boolean> {
  const head = await draft.read(0, 64 * 1024);
  if (head[510] === 0x55 && head[511] === 0xaa) return true;
  const counts = new Uint32Array(256);
  for (const byte of head) counts[byte] = (counts[byte] ?? 0) + 1;
  const expected = head.length / 256;
  const spread = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
  // chi-square with 255 degrees of freedom: noise lies near 255, anything a file system writes far above
  return spread > 1000;
}

export const uuidNew: Strategy = {
  id: 'uuid-new',
  does: 'Gives the image a new id in place of the nil one.',
  keeps: 'Only the id and the checksum of the footers change.',
  byDefault: true,
  async plan({ draft, image, surroundings, asked }) {
    const { footer: good } = image;
    if (!good) return { refused: 'Without a valid footer there is no id to replace.' };
    if (good.value.uniqueId !== NIL_UUID && !asked) return { refused: 'The image has an id.' };
    const orphans = surroundings.children.map(({ name }) => name);
    if (orphans.length > 0 && !asked) {
      return {
        refused: `A new id would orphan ${orphans.join(', ')}, which name this image as their parent. Ask for uuid-new by name when they are to be relinked.`,
      };
    }
    const bytes = sealFooter({ uniqueId: surroundings.newId }, good.bytes);
    if (image.kind !== 'fixed')
      await draft.write(0, bytes, {
        why: `The new id is ${surroundings.newId}.`,
        field: 'uniqueId',
        structure: footer.id,
      });
    if (good.place === 'end')
      await draft.write(good.at, bytes, {
        why: `The new id is ${surroundings.newId}.`,
        field: 'uniqueId',
        structure: footer.id,
      });
    return {
      confidence: 'certain',
      risks: orphans.length > 0 ? [`${orphans.join(', ')} will not find this image any more.`] : [],
    };
  },
};
