import type { Finding, Prognosis, RepairStrategy } from '../../../findings/finding.ts';
import { makeFinding } from '../../../findings/make.ts';
import { formatOffset } from '../../../structure/text.ts';
import type { FooterSighting } from '../footer.ts';
import { hasHiddenQuirk } from '../footer.ts';
import { type Footer, footer } from '../layout.ts';
import type { VhdImage } from '../read.ts';
import { differingFields } from '../vote.ts';
import { type CheckContext, fieldParts, glimpse, isZero, listed, structureParts } from './context.ts';
import { type FooterFault, footerFaults } from './footer-fields.ts';
import { laidOutFixed } from './survey.ts';

/** Fields in which the end footer may be newer than the copy without a doubt about what is right. */
const HARMLESS = new Set<string>([
  'hidden',
  'savedState',
  'timeStamp',
  'creatorApplication',
  'creatorVersion',
  'creatorHostOs',
  'checksum',
]);

/** Rules of the footer's copy at the start of dynamic and differencing images. */
export function checkCopy(image: VhdImage, context: CheckContext): Finding[] {
  const { copy, chosen, end } = image.footers;
  if (laidOutFixed(image) || !copy || copy === chosen || end?.at === 0) return [];
  if (!copy.valid) return [damagedCopy(image, copy)];
  return chosen ? compareCopies(chosen, copy, context) : [];
}

function damagedCopy(image: VhdImage, copy: FooterSighting): Finding {
  const { chosen } = image.footers;
  const voted = chosen?.place === 'vote';
  const right = chosen?.bytes ?? null;
  const repairs: RepairStrategy[] = [voted ? 'footer-vote' : chosen ? 'footer-copy-from-footer' : 'footer-synthesise'];
  const prognosis: Prognosis = chosen ? 'no-loss' : 'decision';
  const help = voted
    ? 'The footer at the end is damaged elsewhere: together they make a whole one, by which the image is read.'
    : chosen
      ? 'The footer at the end is good.'
      : 'The footer at the end is damaged, too.';
  if (isZero(copy.bytes)) {
    const message = `The footer's copy at 0 is 512 zero bytes. ${help}`;
    return makeFinding('footer-copy.missing', prognosis, message, { ...structureParts(footer, 0), repairs });
  }
  if (!copy.cookieOk && !copy.poisoned) {
    const message = `The file begins with ${glimpse(copy.bytes)} where the footer's copy belongs. ${help}`;
    return makeFinding('footer-copy.cookie', prognosis, message, { ...fieldParts(footer, 0, 'cookie'), repairs });
  }
  const differing = right ? differingFields(copy.bytes, right) : [];
  const only = differing.length === 1 ? differing[0] : undefined;
  const compared = differing.length > 0 ? ` What is damaged is ${listed(differing)}.` : '';
  const message = `The checksum of the footer's copy at 0 does not fit: stored 0x${copy.value.checksum.toString(16).padStart(8, '0')}, computed 0x${copy.computedChecksum.toString(16).padStart(8, '0')}.${compared} ${help}`;
  return makeFinding('footer-copy.checksum', prognosis, message, {
    ...fieldParts(footer, 0, only ?? 'checksum'),
    repairs,
  });
}

/** Two good footers that are not the same. */
function compareCopies(chosen: FooterSighting, copy: FooterSighting, context: CheckContext): Finding[] {
  const differing = differingFields(chosen.bytes, copy.bytes);
  if (differing.length === 0) return [];
  const findings: Finding[] = [];
  const explained = new Set<string>(['checksum']);
  // a value that is wrong in the copy and right at the end is the copy's fault alone
  const wrongAtEnd = new Set(footerFaults(chosen.value, chosen.bytes, context).map(({ field }) => field));
  for (const fault of footerFaults(copy.value, copy.bytes, context)) {
    if (!differing.includes(fault.field) || wrongAtEnd.has(fault.field)) continue;
    explained.add(fault.field);
    findings.push(copyFault(fault));
  }
  if (copy.hiddenChecksum) {
    const message = `The copy's checksum is that of a footer with hidden = 0, as this version of tapdisk leaves it.`;
    findings.push(makeFinding('footer-copy.hidden-checksum', 'cosmetic', message, fieldParts(footer, 0, 'checksum')));
  }
  const quirk = quirkOfHidden(chosen, copy, differing);
  if (differing.every((field) => explained.has(field))) return findings;

  const decisive = differing.filter((field) => !HARMLESS.has(field));
  const first = decisive[0] ?? differing.find((field) => field !== 'checksum') ?? 'checksum';
  const texts = differing
    .filter((field) => field !== 'checksum')
    .map((field) => `${field} (${shown(chosen, field)} at the end, ${shown(copy, field)} in the copy)`);
  let verdict =
    'The one at the end reads, but which of them is right has to be decided; an interrupted resize leaves this.';
  if (quirk) verdict = 'This version of tapdisk sets hidden in the copy, which holds the truth about it.';
  else if (decisive.length === 0)
    verdict = 'Nothing that matters to the content differs, and the one at the end reads.';
  const message = `The footer at ${formatOffset(chosen.at)} and its copy at 0 are both good but differ in ${listed(texts)}. ${verdict}`;
  const repairs: RepairStrategy[] =
    decisive.length === 0 ? ['footer-copy-from-footer'] : ['footer-copy-from-footer', 'footer-from-copy'];
  findings.push(
    makeFinding('footer.copies-differ', decisive.length === 0 ? 'no-loss' : 'decision', message, {
      ...(quirk && { severity: 'info' as const }),
      ...fieldParts(footer, chosen.at, first),
      repairs,
    }),
  );
  return findings;
}

function copyFault({ rule, field, offset, length, message, severity }: FooterFault): Finding {
  return makeFinding(`footer-copy.${rule}`, 'no-loss', `In the footer's copy only: ${message}`, {
    offset,
    length,
    field,
    structure: footer.id,
    ...(severity && { severity }),
    repairs: ['footer-copy-from-footer'],
  });
}

/** Early tapdisk set hidden in the copy alone. */
function quirkOfHidden(chosen: FooterSighting, copy: FooterSighting, differing: readonly string[]): boolean {
  const early = hasHiddenQuirk(chosen.value) || hasHiddenQuirk(copy.value);
  return early && differing.every((field) => field === 'hidden' || field === 'checksum');
}

function shown(sighting: FooterSighting, name: keyof Footer): string {
  return footer.decode(sighting.bytes).find((field) => field.name === name)?.text ?? '';
}
