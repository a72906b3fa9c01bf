import { FOOTER_LENGTH, SECTOR } from '../../formats/vhd/constants.ts';
import { endStands, type FooterSighting, isTwin } from '../../formats/vhd/footer.ts';
import { type Footer, footer } from '../../formats/vhd/layout.ts';
import { formatOffset } from '../../structure/text.ts';
import { placeFooter, type RepairContext, type Strategy, type StrategyResult } from './strategy.ts';

type Outcome = StrategyResult | { refused: string };

/**
 * Writes the footer where it belongs, then cuts what no structure owns behind it. A footer that stood inside a block, in
 * sectors nobody uses, is wiped there last: it would look like the guest's data.
 */
export async function putEndFooter(
  { draft, image }: RepairContext,
  at: number,
  found: FooterSighting,
  why: string,
): Promise<void> {
  await draft.write(at, found.bytes, { why, structure: footer.id });
  draft.truncate(at + FOOTER_LENGTH, {
    why: 'Behind the footer no structure owns anything; these bytes are kept in the journal.',
  });
  const old = image.footers.end;
  if (old && endStands(image.footers) && old.at + old.length <= at) {
    const why = 'The footer stood here, inside a block, in sectors that nobody uses.';
    await draft.write(old.at, new Uint8Array(old.length), { why, structure: footer.id });
  }
}

function endIsWhole({ image }: RepairContext): boolean {
  const { end } = image.footers;
  return end !== null && end.valid && end.length === FOOTER_LENGTH;
}

export const footerFromCopy: Strategy = {
  id: 'footer-from-copy',
  does: 'Writes the footer where data ends, from the good copy at offset 0.',
  keeps: 'No block, bitmap or header is touched.',
  byDefault: true,
  async plan(context) {
    const { image, asked } = context;
    const { copy, end } = image.footers;
    if (endIsWhole(context) && !(asked && copy?.valid)) return { refused: 'The footer is good.' };
    if (!copy?.valid) return { refused: 'The copy at offset 0 is damaged too.' };
    const place = await placeFooter(context);
    if ('refused' in place) return place;
    await putEndFooter(context, place.at, copy, `Data ends at ${formatOffset(place.at)}: the footer belongs there.`);
    return end?.valid ? chosenByHand(copy.value, end.value) : { confidence: 'certain' };
  },
};

export const footerCopyFromFooter: Strategy = {
  id: 'footer-copy-from-footer',
  does: 'Writes the copy at offset 0 from the good footer at the end.',
  keeps: 'Nothing but the first 512 bytes is touched.',
  byDefault: true,
  async plan({ draft, image, asked }) {
    const { copy } = image.footers;
    const good = image.footer;
    if (image.kind === 'fixed') return { refused: 'A fixed disk has no copy: its first sector is the guest’s.' };
    if (!good || good.place === 'copy' || good.place === 'vote')
      return { refused: 'There is no good footer at the end to copy.' };
    // a fixed disk whose last sector happens to hold a dynamic one's footer looks so, and its first sector is the guest's
    const empty = copy?.bytes.every((byte) => byte === 0) ?? true;
    if (!image.header?.usable && !empty && !copy?.cookieOk && !isTwin(copy, good))
      return {
        refused: 'There is no dynamic header, and what stands at 0 is no damaged footer: it may be the guest’s.',
      };
    const decisive = copy?.valid ? decisiveDifferences(good.value, copy.value) : [];
    if (decisive.length > 0 && !asked) {
      return {
        refused: `Both footers are valid and differ in ${decisive.join(', ')}: an interrupted resize leaves this, and a person has to choose.`,
      };
    }
    await draft.write(0, good.bytes, { why: 'The copy is the footer’s twin.', structure: footer.id });
    return copy?.valid ? chosenByHand(good.value, copy.value) : { confidence: 'certain' };
  },
};

/** Of two valid footers a person chose one: where they differ in what the disk is, that may hide data. */
function chosenByHand(kept: Footer, dropped: Footer): StrategyResult {
  const decisive = decisiveDifferences(kept, dropped);
  if (decisive.length === 0) return { confidence: 'certain' };
  return { confidence: 'guess', lossy: true, risks: [`The other footer said otherwise of ${decisive.join(', ')}.`] };
}

/** Fields in which two valid footers may not simply be made equal. */
function decisiveDifferences(a: Footer, b: Footer): string[] {
  const fields = ['currentSize', 'originalSize', 'diskType', 'uniqueId', 'dataOffset'] as const;
  return fields.filter((name) => a[name] !== b[name]);
}

export const trimTrailing: Strategy = {
  id: 'trim-trailing',
  does: 'Cuts the bytes behind the footer, which no structure owns.',
  keeps: 'Everything up to the end of the footer stays as it is.',
  byDefault: true,
  async plan(context) {
    const { draft, image } = context;
    const found = image.footers.elsewhere;
    if (!found) return { refused: 'No valid footer stands near the end of the file with bytes behind it.' };
    const refused = await standsWhereDataEnds(context, found);
    if (refused) return refused;
    const length = draft.size - found.at - found.length;
    draft.truncate(found.at + found.length, {
      why: `${length} bytes behind the footer, which no structure owns; they are kept in the journal.`,
    });
    return { confidence: 'certain' };
  },
};

async function standsWhereDataEnds(context: RepairContext, found: FooterSighting): Promise<{ refused: string } | null> {
  if (found.value.dataOffset === 0xffff_ffff_ffff_ffffn) {
    const ends = BigInt(found.at) === found.value.currentSize;
    return ends ? null : { refused: 'The footer found does not stand where the fixed disk ends.' };
  }
  const place = await placeFooter(context);
  if ('refused' in place) return place;
  // behind the data there may be a gap: it stays, for the footer reads where it is
  const stands = place.at === found.at || (found.at > place.at && found.at % SECTOR === 0);
  return stands ? null : { refused: 'The footer found does not stand where data ends.' };
}

export const realign: Strategy = {
  id: 'realign',
  does: 'Puts the footer on the sector boundary where data ends, whole, and the file’s end behind it.',
  keeps: 'No block, bitmap or header is touched.',
  byDefault: true,
  async plan(context): Promise<Outcome> {
    const { draft, image } = context;
    const found = image.footers.end?.valid ? image.footers.end : image.footers.elsewhere;
    if (!found) return { refused: 'There is no footer to move.' };
    if (image.kind === 'fixed') {
      const size = Number(found.value.currentSize);
      if (found.valid && found.at > size && found.at % SECTOR !== 0) {
        await putEndFooter(context, size, found, `The disk ends at ${formatOffset(size)}: the footer belongs there.`);
        return { confidence: 'certain' };
      }
      const whole = found.at + found.length === draft.size && BigInt(found.at) === found.value.currentSize;
      if (!whole) return { refused: 'The footer does not stand where the disk ends.' };
      await draft.write(found.at, found.bytes, { why: 'The footer’s end is missing: zeros.', structure: footer.id });
      return { confidence: 'certain' };
    }
    if (context.findings.some(({ code }) => code === 'image.prefixed')) {
      return {
        refused: 'The whole image stands further into the file: copy it from where its own copy of the footer starts.',
      };
    }
    const place = await placeFooter(context);
    if ('refused' in place) return place;
    const why =
      place.at === found.at
        ? 'The footer lacks its last byte.'
        : `Data ends at ${formatOffset(place.at)}: the footer belongs there, not at ${formatOffset(found.at)}.`;
    await putEndFooter(context, place.at, found, why);
    return { confidence: 'certain' };
  },
};

export const footerVote: Strategy = {
  id: 'footer-vote',
  does: 'Takes from each of the two damaged footers what makes the checksum right.',
  keeps: 'No block, bitmap or header is touched.',
  byDefault: true,
  async plan({ draft, image }) {
    const { copy, end } = image.footers;
    if (!copy || !end || copy.valid || end.valid) {
      return { refused: 'One of the two footers is good: nothing has to be voted on.' };
    }
    const winner = image.footer;
    if (winner?.place !== 'vote') {
      return { refused: 'No mixture of the two damaged footers has the right checksum, or more than one has.' };
    }
    const why = 'What is damaged in one is good in the other footer; the checksum confirms the mixture.';
    // at the end it follows by footer-from-copy, once the copy is good
    await draft.write(0, winner.bytes, { why, structure: footer.id });
    return { confidence: 'certain' };
  },
};
