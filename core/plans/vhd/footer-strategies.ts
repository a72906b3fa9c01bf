import { FOOTER_LENGTH, SECTOR, TYPE_FIXED } from '../../formats/vhd/constants.ts';
import { type FooterSighting, sightFooter } from '../../formats/vhd/footer.ts';
import { type Footer, footer } from '../../formats/vhd/layout.ts';
import { formatOffset } from '../../structure/text.ts';
import type { Draft } from '../draft.ts';
import { placeFooter, type RepairContext, type Strategy, type StrategyResult } from './strategy.ts';

const CUT_BLOCK =
  'A block reaches past the end of the file: a footer put behind it would hide the missing tail behind a hole.';

/** Writes a footer where it belongs and cuts what no structure owns behind it. Never over owned bytes. */
async function putEndFooter(draft: Draft, at: number, bytes: Uint8Array, why: string): Promise<void> {
  await draft.write(at, bytes, { why, structure: footer.id });
  draft.truncate(at + FOOTER_LENGTH, {
    why: 'Behind the footer no structure owns anything; these bytes are kept in the journal.',
  });
}

/** The place for the end footer; a reason when it cannot be proved. */
function proved(context: RepairContext): { at: number } | { refused: string } {
  const { image } = context;
  if (!image.header?.usable || !image.bat)
    return {
      refused: 'Where data ends cannot be proved: the dynamic header or the block allocation table cannot be read.',
    };
  if (image.bat.entries.length < image.blocks)
    return { refused: 'Where data ends cannot be proved: the block allocation table is cut short.' };
  const { at, cut } = placeFooter(image);
  return cut ? { refused: CUT_BLOCK } : { at };
}

function endIsGood({ image }: RepairContext): boolean {
  const { end } = image.footers;
  return end !== null && end.valid && end.checksumOk && end.length === FOOTER_LENGTH;
}

export const footerFromCopy: Strategy = {
  id: 'footer-from-copy',
  does: 'Writes the footer where data ends, from the good copy at offset 0.',
  keeps: 'No block, bitmap or header is touched.',
  byDefault: true,
  async plan(context) {
    const { draft, image } = context;
    const { copy, end } = image.footers;
    if (endIsGood(context)) return { refused: 'The footer is good.' };
    // a 511-byte footer that reads is better than the copy: it is lengthened, not replaced
    const source = end?.valid && end.length < FOOTER_LENGTH ? end : copy;
    if (!source?.valid) return { refused: 'The copy at offset 0 is damaged too.' };
    if (image.kind === 'fixed') return lengthenFixed(context, source);
    const place = proved(context);
    if ('refused' in place) return place;
    await putEndFooter(
      draft,
      place.at,
      source.bytes,
      `Data ends at ${formatOffset(place.at)}: the footer belongs there.`,
    );
    return { confidence: 'certain' };
  },
};

async function lengthenFixed(
  { draft, image }: RepairContext,
  source: FooterSighting,
): Promise<StrategyResult | { refused: string }> {
  if (source.place !== 'end' || image.virtualSize !== source.at)
    return { refused: 'The footer does not stand where the disk ends.' };
  await draft.write(source.at, source.bytes, { why: 'The footer lacks its last byte.', structure: footer.id });
  return { confidence: 'certain' };
}

export const footerCopyFromFooter: Strategy = {
  id: 'footer-copy-from-footer',
  does: 'Writes the copy at offset 0 from the good footer at the end.',
  keeps: 'Nothing but the first 512 bytes is touched.',
  byDefault: true,
  async plan(context) {
    const { draft, image } = context;
    const { copy } = image.footers;
    const good = image.footer;
    if (image.kind === 'fixed') return { refused: 'A fixed disk has no copy: its first sector is the guest’s.' };
    if (!good || good.place === 'copy') return { refused: 'There is no good footer at the end to copy.' };
    if (copy?.valid) {
      const decisive = decisiveDifferences(good.value, copy.value);
      if (decisive.length > 0) {
        return {
          refused: `Both footers are valid and differ in ${decisive.join(', ')}: an interrupted resize leaves this, and a person has to choose.`,
        };
      }
    }
    await draft.write(0, good.bytes, { why: 'The copy is the footer’s twin.', structure: footer.id });
    return { confidence: 'certain' };
  },
};

/** Fields in which two valid footers may not simply be made equal. */
export function decisiveDifferences(a: Footer, b: Footer): string[] {
  const fields = ['currentSize', 'originalSize', 'diskType', 'uniqueId', 'dataOffset'] as const;
  return fields.filter((name) => a[name] !== b[name]);
}

export const trimTrailing: Strategy = {
  id: 'trim-trailing',
  does: 'Cuts the bytes behind the footer, which no structure owns.',
  keeps: 'Everything up to the end of the footer stays as it is.',
  byDefault: true,
  plan: (context) => Promise.resolve(trim(context)),
};

function trim(context: RepairContext): StrategyResult | { refused: string } {
  const { draft, image } = context;
  const found = image.footers.elsewhere;
  if (!found) return { refused: 'No valid footer stands near the end of the file with bytes behind it.' };
  if (found.value.diskType === TYPE_FIXED) {
    if (BigInt(found.at) !== found.value.currentSize)
      return { refused: 'The footer found does not stand where the fixed disk ends.' };
  } else {
    const place = proved(context);
    if ('refused' in place) return place;
    if (place.at !== found.at) return { refused: 'The footer found does not stand where data ends.' };
  }
  const length = draft.size - found.at - found.length;
  draft.truncate(found.at + found.length, {
    why: `${length} bytes behind the footer, which no structure owns; they are kept in the journal.`,
  });
  return { confidence: 'certain' };
}

export const realign: Strategy = {
  id: 'realign',
  does: 'Moves the footer to the sector boundary where data ends, and the file’s end with it.',
  keeps: 'No block, bitmap or header is touched.',
  byDefault: true,
  async plan(context) {
    const { draft, image } = context;
    const found = image.footers.end?.valid ? image.footers.end : image.footers.elsewhere;
    if (!found || found.value.diskType === TYPE_FIXED) return { refused: 'There is no footer to move.' };
    const place = proved(context);
    if ('refused' in place) return place;
    if (place.at === found.at && draft.size === place.at + FOOTER_LENGTH)
      return { refused: 'The footer stands where it belongs.' };
    if (found.at % SECTOR === 0 && place.at === found.at) return { refused: 'The footer stands where it belongs.' };
    await putEndFooter(
      draft,
      place.at,
      found.bytes,
      `Data ends at ${formatOffset(place.at)}: the footer belongs there, not at ${formatOffset(found.at)}.`,
    );
    return { confidence: 'certain' };
  },
};

/** More places to choose from than this are not two damaged twins but two different footers. */
const MAX_VOTES = 12;

export const footerVote: Strategy = {
  id: 'footer-vote',
  does: 'Takes from each of the two damaged footers the bytes that make the checksum right.',
  keeps: 'No block, bitmap or header is touched.',
  byDefault: true,
  async plan(context) {
    const { draft, image } = context;
    const { copy, end } = image.footers;
    if (!copy || !end || copy.valid || end.valid)
      return { refused: 'One of the two footers is good: nothing has to be voted on.' };
    const winners = vote(copy.bytes, end.bytes);
    const [winner] = winners;
    if (!winner) return { refused: 'No mixture of the two damaged footers has the right checksum.' };
    if (winners.length > 1)
      return {
        refused: `${winners.length} mixtures of the two damaged footers have the right checksum: which is meant cannot be told.`,
      };
    await draft.write(0, winner, {
      why: 'Each damaged byte is good in the other footer; the checksum confirms the mixture.',
      structure: footer.id,
    });
    // the end footer follows by footer-from-copy, once the copy is good
    return { confidence: 'certain' };
  },
};

/** Mixtures of two damaged twins that are valid footers: byte by byte while few differ, else stretch by stretch. */
function vote(a: Uint8Array, b: Uint8Array): Uint8Array[] {
  const places: number[][] = [];
  for (let i = 0; i < FOOTER_LENGTH; i += 1) if (a[i] !== b[i]) places.push([i]);
  const units = places.length <= MAX_VOTES ? places : stretches(places.flat());
  if (units.length === 0 || units.length > MAX_VOTES) return [];
  const out: Uint8Array[] = [];
  for (let choice = 0; choice < 1 << units.length; choice += 1) {
    const mixed = a.slice();
    for (const [index, unit] of units.entries()) {
      if (choice & (1 << index)) for (const place of unit) mixed[place] = b[place] ?? 0;
    }
    const { cookieOk, checksumOk } = sightFooter(mixed, 'copy', 0);
    if (cookieOk && checksumOk) out.push(mixed);
  }
  return out;
}

/** Places in runs: those less than a field apart were damaged together. */
function stretches(places: readonly number[]): number[][] {
  const out: number[][] = [];
  for (const place of places) {
    const last = out[out.length - 1];
    const before = last?.[last.length - 1];
    if (last && before !== undefined && place - before <= 8) last.push(place);
    else out.push([place]);
  }
  return out;
}
