import type { Finding, RepairStrategy } from '../../../findings/finding.ts';
import { makeFinding } from '../../../findings/make.ts';
import { formatBytes, formatOffset } from '../../../structure/text.ts';
import { FOOTER_LENGTH, SECTOR, SHORT_FOOTER_LENGTH } from '../constants.ts';
import { mendFixedFooter } from '../fixed-footer.ts';
import { type FooterSighting, likeness, SIMILAR } from '../footer.ts';
import { footer } from '../layout.ts';
import type { VhdImage } from '../read.ts';
import { differingFields, lastFooter } from '../vote.ts';
import {
  type CheckContext,
  counted,
  equalBytes,
  fieldParts,
  glimpse,
  isZero,
  listed,
  structureParts,
} from './context.ts';
import { footerFaults, unseenByGeometry, unseenMessage } from './footer-fields.ts';
import { laidOutFixed, type Survey } from './survey.ts';

/** Rules of the end of the file: whether the footer is there, whole, and where it belongs. */
export function checkEnd(image: VhdImage, survey: Survey): Finding[] {
  const { end, elsewhere, chosen } = image.footers;
  if (!end) return [];
  if (end.valid) return checkPlace(image, end, survey);
  if (elsewhere && isOurs(elsewhere, chosen, survey)) return [displacedFinding(image, elsewhere, survey)];
  return [damagedEnd(image, lastFooter(image.footers, image.source.size) ?? end, survey)];
}

/** Rules of the fields of the footer that reads. Each is reported once, even where the copy says the same. */
export function checkFooterFields(image: VhdImage, context: CheckContext): Finding[] {
  const { chosen, copy } = image.footers;
  if (!chosen) return [];
  const findings: Finding[] = [];
  const both = copy?.valid === true && copy !== chosen && equalBytes(copy.bytes, chosen.bytes) === FOOTER_LENGTH;
  if (chosen.poisoned) {
    const message =
      'The cookie is v_poison: blktap has disabled the disk, as it does during a resize. Most readers refuse it.';
    const clean: RepairStrategy[] = copy?.valid && !copy.poisoned ? ['footer-from-copy'] : [];
    findings.push(
      makeFinding('footer.poisoned', 'decision', message, {
        ...fieldParts(footer, chosen.at, 'cookie'),
        repairs: clean,
      }),
    );
  }
  if (chosen.hiddenChecksum) {
    const message = `The checksum (0x${chosen.value.checksum.toString(16)}) is that of the footer with hidden = 0: this version of tapdisk did not compute it again when it set hidden.`;
    findings.push(
      makeFinding('footer.hidden-checksum', 'cosmetic', message, fieldParts(footer, chosen.at, 'checksum')),
    );
  }
  for (const fault of footerFaults(chosen.value, chosen.bytes, context)) {
    const { rule, field, offset, length, prognosis, message, severity, repairs = [] } = fault;
    findings.push(
      makeFinding(`footer.${rule}`, prognosis, both ? `${message} The copy at 0 says the same.` : message, {
        offset: chosen.at + offset,
        length,
        field,
        structure: footer.id,
        ...(severity && { severity }),
        repairs,
      }),
    );
  }
  const unseen = unseenByGeometry(chosen.value);
  if (unseen > 0) {
    findings.push(
      makeFinding(
        'footer.geometry-size',
        'cosmetic',
        unseenMessage(chosen.value, unseen),
        fieldParts(footer, chosen.at, 'diskGeometry'),
      ),
    );
  }
  return findings;
}

/** A good footer in the last place: is it the right length, and on a sector boundary? */
function checkPlace(image: VhdImage, end: FooterSighting, survey: Survey): Finding[] {
  const findings: Finding[] = [];
  if (end.length === SHORT_FOOTER_LENGTH) {
    const message =
      'The footer is 511 bytes long, as Virtual PC wrote it before 2004, or the last byte of the file is cut off. The missing byte counts as 0, and with it the checksum fits.';
    findings.push(
      makeFinding('footer.short', 'no-loss', message, {
        ...structureParts(footer, end.at, SHORT_FOOTER_LENGTH),
        repairs: ['realign'],
      }),
    );
  }
  // a fixed disk of odd size is judged by its size
  if (end.at % SECTOR !== 0 && !laidOutFixed(image)) {
    const inserted = end.at - survey.dataEnd;
    const before =
      inserted > 0
        ? `: ${counted(inserted, 'byte')} stand between the end of the data at ${formatOffset(survey.dataEnd)} and it`
        : '';
    const message = `The footer at ${formatOffset(end.at)} is good but not on a sector boundary${before}. Readers that work in sectors, as vhd-util does, do not find it.`;
    const offset = inserted > 0 ? survey.dataEnd : end.at;
    findings.push(
      makeFinding('image.unaligned', 'no-loss', message, {
        offset,
        length: inserted > 0 ? inserted : end.length,
        repairs: ['realign'],
      }),
    );
  }
  return findings;
}

/** A footer in the guest's data, as of an image kept in the image, is not this file's. */
function isOurs(sighting: FooterSighting, chosen: FooterSighting | null, survey: Survey): boolean {
  if (sighting === chosen) return true;
  return sighting.value.uniqueId === chosen?.value.uniqueId && sighting.at >= survey.dataEnd;
}

function displacedFinding({ source, footers }: VhdImage, found: FooterSighting, survey: Survey): Finding {
  const after = found.at + found.length;
  const rest = source.size - after;
  if (rest === 0) {
    const message = `The file ends ${counted(found.length, 'byte')} into the footer at ${formatOffset(found.at)}. Only zeros are missing: with them its checksum fits.`;
    return makeFinding('footer.missing', 'no-loss', message, {
      ...structureParts(footer, found.at, found.length),
      repairs: ['realign'],
    });
  }
  if (found.at >= survey.dataEnd) {
    const message = `The footer at ${formatOffset(found.at)} is good, but ${counted(rest, 'byte')} ${rest === 1 ? 'follows' : 'follow'} it, so readers that look at the end of the file do not find it.`;
    return makeFinding('image.trailing-bytes', 'no-loss', message, {
      offset: after,
      length: rest,
      repairs: ['trim-trailing'],
    });
  }
  const message = `A good footer stands at ${formatOffset(found.at)}, but the data goes on to ${formatOffset(survey.dataEnd)}: it belongs there.`;
  return makeFinding('footer.misplaced', 'no-loss', message, {
    ...structureParts(footer, found.at, found.length),
    repairs: [footers.copy?.valid ? 'footer-from-copy' : 'realign'],
  });
}

/** No good footer at the end and none near it: one finding, for whatever stands there. */
function damagedEnd(image: VhdImage, end: FooterSighting, survey: Survey): Finding {
  const { copy, chosen } = image.footers;
  const { size } = image.source;
  const good = chosen?.place === 'copy' ? chosen : null;
  const model = good ?? (copy?.cookieOk && end !== copy && end.at > 0 ? copy : null);
  const repairs = endRepairs(image);
  const mended = laidOutFixed(image) ? mendFixedFooter(end) : null;
  const safe = mended !== null || repairs[0] === 'footer-from-copy' || repairs[0] === 'footer-vote';
  const prognosis = safe ? 'no-loss' : 'decision';
  const help = mended
    ? mended.proved
      ? 'A fixed disk has no copy, but with that field put right the checksum fits.'
      : 'A fixed disk has no copy. What its fields have to be is known of all but the id, the time and the creator.'
    : good
      ? 'The copy at 0 is good.'
      : prognosis === 'no-loss'
        ? 'The copy at 0 is damaged elsewhere: together they make a whole one, by which the image is read.'
        : 'No copy is good either.';

  const right = chosen?.bytes ?? (mended?.proved ? mended.bytes : null);
  if (mended || end.cookieOk || end.poisoned || (model && likeness(end.bytes, model.bytes) >= SIMILAR)) {
    return spoiltFooter(end, right, prognosis, repairs, help);
  }
  const known = image.header?.usable === true && !laidOutFixed(image);
  const belongs = known ? survey.dataEnd : Math.max(0, size - FOOTER_LENGTH);
  const there = size - belongs;
  if (known && there <= 0) {
    const message = `The file ends at ${formatOffset(size)} without a footer. ${help}`;
    return makeFinding('footer.missing', prognosis, message, {
      offset: size,
      length: 0,
      structure: footer.id,
      repairs,
    });
  }
  if (known && there < FOOTER_LENGTH) {
    const message = `The file ends ${counted(there, 'byte')} into the footer, which belongs at ${formatOffset(belongs)}. ${help}`;
    return makeFinding('footer.missing', prognosis, message, { ...structureParts(footer, belongs, there), repairs });
  }
  const place = known && there === FOOTER_LENGTH ? belongs : end.at;
  if (isZero(end.bytes)) {
    const message = `Where the footer belongs, at ${formatOffset(place)}, are only zero bytes. ${help}`;
    return makeFinding('footer.missing', prognosis, message, { ...structureParts(footer, place), repairs });
  }
  const beyond =
    known && there > FOOTER_LENGTH
      ? ` The data ends at ${formatOffset(belongs)}; ${formatBytes(there)} follow that no structure owns.`
      : '';
  const message = `The file ends with ${glimpse(end.bytes)} where the footer belongs, at ${formatOffset(place)}: it has been overwritten.${beyond} ${help}`;
  return makeFinding('footer.cookie', prognosis, message, { ...fieldParts(footer, place, 'cookie'), repairs });
}

/** A footer that is still one, but not whole. */
function spoiltFooter(
  end: FooterSighting,
  right: Uint8Array | null,
  prognosis: 'no-loss' | 'decision',
  repairs: RepairStrategy[],
  help: string,
): Finding {
  const { value, computedChecksum } = end;
  if (end.poisoned) {
    const message = `The cookie of the footer at ${formatOffset(end.at)} is v_poison, with which blktap disables a disk, and the checksum does not fit. ${help}`;
    return makeFinding('footer.poisoned', 'decision', message, { ...fieldParts(footer, end.at, 'cookie'), repairs });
  }
  if (!end.cookieOk) {
    const message = `The cookie of the footer at ${formatOffset(end.at)} is wrong: ${glimpse(end.bytes)} instead of conectix. ${help}`;
    return makeFinding('footer.cookie', prognosis, message, { ...fieldParts(footer, end.at, 'cookie'), repairs });
  }
  const differing = right ? differingFields(end.bytes, right) : [];
  const only = differing.length === 1 ? differing[0] : undefined;
  const compared = differing.length > 0 ? ` What is damaged is ${listed(differing)}.` : '';
  const message = `The footer's checksum does not fit: stored 0x${value.checksum.toString(16).padStart(8, '0')}, computed 0x${computedChecksum.toString(16).padStart(8, '0')}.${compared} ${help}`;
  return makeFinding('footer.checksum', prognosis, message, {
    ...fieldParts(footer, end.at, only ?? 'checksum'),
    repairs,
  });
}

function endRepairs(image: VhdImage): RepairStrategy[] {
  const { chosen } = image.footers;
  if (chosen) return [chosen.place === 'vote' ? 'footer-vote' : 'footer-from-copy'];
  if (laidOutFixed(image)) return ['footer-fixed-synthesise'];
  return image.header ? ['footer-synthesise'] : ['footer-fixed-synthesise'];
}
