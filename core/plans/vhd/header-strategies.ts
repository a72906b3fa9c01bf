import { readBat } from '../../formats/vhd/bat.ts';
import { sealHeader } from '../../formats/vhd/build/seal.ts';
import { headerFits, implausibleField } from '../../formats/vhd/checks/check.ts';
import {
  HEADER_VERSION_1_0,
  type HeaderFit,
  plainHeader,
  sameLayout,
  withConstants,
} from '../../formats/vhd/checks/header-fit.ts';
import { HEADER_COOKIE, HEADER_LENGTH, msToVhdTime, NO_OFFSET, SECTOR } from '../../formats/vhd/constants.ts';
import { type DynamicHeader, dynamicHeader } from '../../formats/vhd/layout.ts';
import { lastComponent, locatorPaths, readLocators } from '../../formats/vhd/locators.ts';
import { blocksOf, type VhdImage } from '../../formats/vhd/read.ts';
import type { ByteSource } from '../../io/source.ts';
import { formatBytes, formatOffset } from '../../structure/text.ts';
import type { Strategy } from './strategy.ts';
import { blockLimit, blocksFit, type Candidate, choose, findTable, judge, type Layout } from './table-search.ts';

export const headerRecompute: Strategy = {
  id: 'header-recompute',
  does: 'Puts right the one field of the dynamic header that its stored checksum proves wrong, or the checksum itself.',
  keeps: 'Only the dynamic header is touched: one field and its checksum.',
  byDefault: true,
  async plan({ draft, image, findings, surroundings: { parent }, asked }) {
    const { header, footer } = image;
    if (!header) return { refused: 'There is no dynamic header to put right.' };
    if (!footer) return { refused: 'Without a valid footer the header cannot be judged.' };
    const fits = headerFits(image, {
      ids: parent?.summary.vhd?.id ? [parent.summary.vhd.id] : [],
      names: image.kind === 'differencing' ? await locatorNames(draft, header.value) : [],
      times: parent ? [msToVhdTime(parent.summary.modified)] : [],
    });
    if (fits.length === 0)
      return { refused: 'No single field explains the stored checksum, and not every field is plausible.' };
    const parentKnown = parent !== null && parent.verdict !== 'id-mismatch';
    const fit = await fitByTable(draft, image, fits, image.kind === 'differencing' && !parentKnown);
    if (!fit) {
      const fields = fits.map(({ field }) => field);
      return {
        refused:
          fields.length === 1
            ? `With ${fields.join()} put right the checksum fits, but the blocks in the table do not fit the file, or fit as well without.`
            : `Each of ${fields.join(', ')} put right would meet the stored checksum, and the table does not tell which of them is wrong.`,
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
  return locators.flatMap(({ code, text }) => locatorPaths(code, text ?? '').map(({ path }) => lastComponent(path)));
}

/**
 * The one of these fits that the table bears out. A sum is met by chance more often than one would think: where something else
 * in the header is not known to be right (`others`), the layout as it stands competes with those that differ from it.
 */
async function fitByTable(
  draft: ByteSource,
  image: VhdImage,
  fits: readonly HeaderFit[],
  others: boolean,
): Promise<HeaderFit | null> {
  const limit = blockLimit(image);
  const plain = image.header && plainHeader(image.header, image);
  const judged = async <T extends { value: DynamicHeader }>(one: T): Promise<(T & Candidate) | null> => {
    const { blockSize, maxTableEntries } = one.value;
    const tableOffset = Number(one.value.tableOffset);
    const bat = await readBat(draft, tableOffset, maxTableEntries, blocksOf(image.virtualSize, one.value));
    // a block that is cut says nothing against the layout that stands
    const cut = limit.cut || (plain !== null && sameLayout(plain.value, one.value));
    if (!blocksFit(bat, blockSize, { at: limit.at, cut })) return null;
    return { ...one, tableOffset, maxTableEntries, blockSize, ...judge(bat, blockSize, limit.at), sealed: false };
  };
  const fitting: (HeaderFit & Candidate)[] = [];
  for (const fit of fits) {
    const candidate = await judged(fit);
    if (candidate) fitting.push(candidate);
  }
  const [only, another] = fitting;
  if (!only) return null;
  const own = others && plain ? await judged(plain) : null;
  const rival = own !== null && fitting.every(({ value }) => !sameLayout(value, own.value)) ? own : null;
  if (!another && !rival) return only;
  const chosen = choose(rival ? [...fitting, rival] : fitting);
  return fitting.find((fit) => chosen?.proved && fit === chosen.table) ?? null;
}

export const headerRebuild: Strategy = {
  id: 'header-rebuild',
  does: 'Writes a dynamic header from the footer, the block allocation table’s place and the distance of the blocks.',
  keeps: 'Only the 1,024 bytes of the dynamic header are touched.',
  byDefault: true,
  async plan({ draft, image, findings, surroundings: { parent }, asked, signal }) {
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
    const base = header?.cookieOk || header?.checksumOk ? withConstants(header, image.kind).bytes : null;
    const found = await findTable(
      draft,
      image,
      (layout) => base && header && entriesSealed(layout, base, header.value),
      signal,
    );
    if (!found) return { refused: 'No block allocation table whose blocks fit the file was found behind the header.' };
    const { table, proved, possible } = found;
    if (header?.cookieOk && header.checksumOk && !proved) {
      return {
        refused:
          'The header’s checksum is right, and too few blocks are allocated to prove that it is wrong all the same.',
      };
    }
    const sure = header?.checksumOk || table.sealed || (parent && parent.verdict !== 'id-mismatch');
    if (image.kind === 'differencing' && !sure && !asked) {
      return {
        refused: parent
          ? 'The parent’s id in the header is not that of the file found for it, and the stored checksum does not prove which is right. Ask for header-rebuild by name to keep the id that is there.'
          : 'The parent was not found, so nothing proves that its id in the header is right. Ask for header-rebuild by name to keep it.',
      };
    }
    const empty: DynamicHeader = {
      ...dynamicHeader.parse(new Uint8Array(HEADER_LENGTH)),
      cookie: HEADER_COOKIE,
      dataOffset: NO_OFFSET,
      headerVersion: HEADER_VERSION_1_0,
    };
    const layout = layoutFields(table);
    const future = parent && findings.some(({ code }) => code === 'parent.timestamp-future');
    const time = future ? { parentTimeStamp: msToVhdTime(parent.summary.modified) } : {};
    const bytes = header?.cookieOk
      ? sealHeader({ ...layout, ...time }, withConstants(header, image.kind).bytes)
      : sealHeader({ ...empty, ...layout });
    await draft.write(header?.cookieOk ? header.at : SECTOR, bytes, {
      why: `The block allocation table is at ${formatOffset(table.tableOffset)}, and its blocks are ${formatBytes(table.blockSize)} long.`,
      structure: dynamicHeader.id,
    });
    if (proved) return { confidence: 'certain' };
    const sizes = possible.map(formatBytes).join(', ');
    const risk = `The file does not prove how long its blocks are: ${sizes} would fit. ${formatBytes(table.blockSize)} is taken; with another the disk’s content is another, so compare what is on it before it is trusted.`;
    return { confidence: 'guess', lossy: true, risks: [risk] };
  },
};

function layoutFields({ tableOffset, maxTableEntries, blockSize }: Layout): Partial<DynamicHeader> {
  return { tableOffset: BigInt(tableOffset), maxTableEntries, blockSize };
}

/** How many entries a header over `base` has, with this layout, that meets the stored checksum. */
function entriesSealed(layout: Layout, base: Uint8Array, { maxTableEntries, checksum }: DynamicHeader): number | null {
  const whole = (Math.ceil((layout.maxTableEntries * 4) / SECTOR) * SECTOR) / 4;
  const counts = new Set([layout.maxTableEntries, maxTableEntries, layout.maxTableEntries + 1, whole]);
  for (const count of counts) {
    if (count < layout.maxTableEntries) continue;
    const sealed = sealHeader(layoutFields({ ...layout, maxTableEntries: count }), base);
    if (dynamicHeader.parse(sealed).checksum === checksum) return count;
  }
  return null;
}
