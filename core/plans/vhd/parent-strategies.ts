import { sealHeader } from '../../formats/vhd/build/seal.ts';
import { surveyImage } from '../../formats/vhd/checks/survey.ts';
import { FOOTER_LENGTH, SECTOR } from '../../formats/vhd/constants.ts';
import { type DynamicHeader, dynamicHeader, type LocatorEntry } from '../../formats/vhd/layout.ts';
import { lastComponent } from '../../formats/vhd/locators.ts';
import { encodeUtf16, NIL_UUID } from '../../structure/codecs.ts';
import { placeFooter, type RepairContext, type Strategy, type Surroundings } from './strategy.ts';

type Parent = NonNullable<Surroundings['parent']>;

const EMPTY: LocatorEntry = { platformCode: '\0\0\0\0', dataSpace: 0, dataLength: 0, reserved: 0, dataOffset: 0n };

/** The three relative locators that tapdisk, vhd-util and Hyper-V between them can read. */
function locatorTexts(relative: string): { code: string; bytes: Uint8Array }[] {
  const windows = encodeUtf16(`.\\${relative.replaceAll('/', '\\')}`, 'little');
  return [
    { code: 'MacX', bytes: new TextEncoder().encode(`file://./${relative}`) },
    { code: 'W2ku', bytes: windows },
    { code: 'W2ru', bytes: windows },
  ];
}

/**
 * Points the header at a parent: name, id, time and locators. Locator texts go where locators stood when there is room,
 * else behind the data, and the footer moves behind them.
 */
export async function pointAt(
  context: RepairContext,
  parent: Parent,
  fields: Partial<DynamicHeader>,
  why: string,
): Promise<{ refused: string } | null> {
  const { draft, image } = context;
  const { header } = image;
  if (!header?.usable) return { refused: 'The dynamic header cannot be read.' };
  const texts = locatorTexts(parent.relativePath);
  const survey = surveyImage(image);
  const free = roomOf(context, survey.metadata);
  const values: Partial<DynamicHeader> = { ...fields };
  const writes: { at: number; bytes: Uint8Array }[] = [];
  const place = await placeFooter(context);
  let end = 'at' in place ? place.at : 0;
  let moved = false;
  for (const [index, { code, bytes }] of texts.entries()) {
    const space = Math.ceil(bytes.length / SECTOR) * SECTOR;
    const slot = free.findIndex((room) => room.space >= space);
    const room = slot < 0 ? null : free.splice(slot, 1)[0];
    if (!room) moved = true;
    const at = room ? room.at : end;
    const length = room ? room.space : space;
    if (!room) end += space;
    const padded = new Uint8Array(length);
    padded.set(bytes);
    writes.push({ at, bytes: padded });
    setLocator(values, index, {
      platformCode: code,
      dataSpace: length,
      dataLength: bytes.length,
      reserved: 0,
      dataOffset: BigInt(at),
    });
  }
  for (let index = texts.length; index < 8; index += 1) setLocator(values, index, EMPTY);
  if (moved) {
    if ('refused' in place) return place;
    const good = image.footers.end;
    if (!good?.valid || good.length !== FOOTER_LENGTH)
      return { refused: 'The footer has to be put right first: the locators’ texts go in front of it.' };
    await draft.write(end, good.bytes, {
      why: 'The locators’ texts need room: the footer moves behind them.',
      structure: 'vhd.footer',
    });
  }
  for (const { at, bytes } of writes)
    await draft.write(at, bytes, { why: `The path ${parent.relativePath}.`, structure: 'vhd.locator-text' });
  await draft.write(header.at, sealHeader(values, header.bytes), { why, structure: dynamicHeader.id });
  return null;
}

function setLocator(values: Partial<DynamicHeader>, index: number, entry: LocatorEntry): void {
  (values as Record<string, LocatorEntry>)[`parentLocator${index + 1}`] = entry;
}

/** Where locator texts stand that can be written over: within the file, on no other structure, not shared. */
function roomOf(
  { image }: RepairContext,
  metadata: readonly { from: number; to: number }[],
): { at: number; space: number }[] {
  const out: { at: number; space: number }[] = [];
  const limit = image.footers.end?.valid ? image.footers.end.at : image.source.size;
  const blocks = [...(image.bat?.entries ?? [])]
    .filter((entry) => entry !== 0xffff_ffff)
    .map((entry) => entry * SECTOR);
  const first = blocks.reduce((least, at) => Math.min(least, at), Number.POSITIVE_INFINITY);
  for (const { at, space } of image.locators) {
    if (at === null || at % SECTOR !== 0 || space <= 0 || space > 64 * 1024 || space % SECTOR !== 0) continue;
    const end = at + space;
    const clash =
      end > limit ||
      metadata.some(({ from, to }) => at < to && from < end) ||
      (end > first &&
        blocks.some((block) => at < block + (image.header?.value.blockSize ?? 0) + image.bitmapBytes && block < end));
    if (!clash && !out.some((other) => at < other.at + other.space && other.at < end)) out.push({ at, space });
  }
  return out;
}

export const relinkParent: Strategy = {
  id: 'relink-parent',
  does: 'Points the child at its parent where that is now: name and locators.',
  keeps: 'No block, bitmap or table entry is touched; the parent is not written to.',
  byDefault: true,
  async plan(context) {
    const { image, surroundings, asked } = context;
    const { parent } = surroundings;
    if (image.kind !== 'differencing') return { refused: 'Only a child has a parent to be pointed at.' };
    if (!parent)
      return {
        refused:
          'No file with the parent’s id was found. Open the folder it is in, or name it: platter relink --parent FILE.',
      };
    if (parent.verdict === 'id-mismatch') return { refused: 'The file found is not the right parent: its id differs.' };
    if (parent.verdict === 'ok' && !asked) return { refused: 'The parent is where the child says.' };
    const refused = await pointAt(
      context,
      parent,
      { parentUnicodeName: parent.summary.name },
      `The parent is now ${parent.relativePath}.`,
    );
    return refused ?? { confidence: 'certain' };
  },
};

export const locatorRewrite: Strategy = {
  id: 'locator-rewrite',
  does: 'Writes the parent locators anew, and the name where it differs, for the parent that was found.',
  keeps: 'The parent’s id and time in the header stay; no block is touched.',
  byDefault: true,
  async plan(context) {
    const { image, surroundings } = context;
    const { parent } = surroundings;
    if (image.kind !== 'differencing') return { refused: 'Only a child has parent locators.' };
    if (image.header?.value.parentUniqueId === NIL_UUID)
      return { refused: 'The parent has no id, so nothing proves that it is the right one.' };
    if (!parent || parent.verdict === 'id-mismatch')
      return { refused: 'The parent was not found, so there is no path to write.' };
    const named = lastComponent(image.header?.value.parentUnicodeName ?? '') === parent.summary.name;
    const fields = named ? {} : { parentUnicodeName: parent.summary.name };
    const refused = await pointAt(context, parent, fields, 'Locators and name that lead to the parent.');
    return refused ?? { confidence: 'certain' };
  },
};
