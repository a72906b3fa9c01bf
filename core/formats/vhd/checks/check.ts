import type { Finding } from '../../../findings/finding.ts';
import type { VhdImage } from '../read.ts';
import { checkBat } from './bat.ts';
import { checkBatmap } from './batmap.ts';
import { blockSizeFinding } from './block-size.ts';
import type { CheckContext } from './context.ts';
import { checkCopy } from './copies.ts';
import { checkFixed } from './fixed.ts';
import { checkEnd, checkFooterFields } from './footer.ts';
import { checkHeader } from './header.ts';
import {
  emptyTableFit,
  fitHeader,
  type HeaderFit,
  inferBlockSize,
  type ParentEvidence,
  sameLayout,
} from './header-fit.ts';
import { checkLocators } from './locators.ts';
import { checkParentReference } from './parent.ts';
import { surveyImage } from './survey.ts';
import { tablePlaceFinding } from './table-place.ts';

/** Faults of header fields that say where the parent is and when it was last changed. */
const OF_PARENT = new Set<Finding['code']>([
  'locator.code',
  'locator.duplicate',
  'locator.length',
  'locator.outside',
  'locator.overlap',
  'locator.space',
  'parent.timestamp-future',
]);

/** What a wrong block size leads to: one fault. */
const BY_BLOCK_SIZE = new Set(['header.block-size', 'header.size-exceeds-table']);

/**
 * Every rule of one VHD that its metadata alone can answer, in order of structure. Reads nothing and never throws for
 * content. A header that can be put right is judged with its right values; `through` is the image as read with them.
 */
export function checkVhd(image: VhdImage, context: CheckContext, through: VhdImage = image): Finding[] {
  const survey = surveyImage(through);
  const resized = blockSizeFinding(image, through);
  const ofParent = [...checkLocators(through, survey), ...checkParentReference(through, context)];
  const ofHeader = checkHeader(image, fitThrough(image, through), implausibleField(ofParent));
  const findings = [
    ...checkEnd(through, survey),
    ...checkCopy(through, context),
    ...checkFooterFields(through, context),
    ...checkFixed(through),
    ...ofHeader.filter(({ code }) => resized.length === 0 || !BY_BLOCK_SIZE.has(code)),
    ...resized,
    ...tablePlaceFinding(image, through),
    ...checkBat(through, survey, context.bitmaps),
    ...checkBatmap(through, survey),
    ...ofParent,
  ];
  // by a wrong type, the offset to the header is wrong too: that is one fault
  if (!findings.some(({ code }) => code === 'footer.disk-type')) return findings;
  return findings.filter(({ code }) => code !== 'footer.data-offset');
}

/** What the header says of the parent and cannot be right, by its own findings; null when all of it can be. */
export function implausibleField(findings: readonly Finding[]): string | null {
  const doubt = findings.find(({ code, severity }) => severity !== 'info' && OF_PARENT.has(code));
  return doubt?.field ?? null;
}

/**
 * How this image's damaged header can be put right, or what value has to be taken for one that cannot be: every way that the
 * stored checksum allows. Empty when it is whole, or beyond that. What is known of the parent can prove that a child's header
 * has a wrong id or name.
 */
export function headerFits(
  { header, kind, virtualSize, source }: VhdImage,
  parent: ParentEvidence = { ids: [], names: [], times: [] },
): HeaderFit[] {
  const some = (fit: HeaderFit | null): HeaderFit[] => (fit ? [fit] : []);
  if (!header || header.usable) return some(header && emptyTableFit(header, virtualSize));
  const evidence = { kind, virtualSize, fileSize: source.size, parent };
  return header.cookieOk && header.checksumOk ? some(inferBlockSize(header, evidence)) : fitHeader(header, evidence);
}

/** The one of them that leads to the table the image was read with; null where that is none, or more than one. */
function fitThrough(image: VhdImage, { header }: VhdImage): HeaderFit | null {
  const fits = headerFits(image).filter(({ value }) => header !== null && sameLayout(value, header.value));
  return fits.length === 1 ? (fits[0] ?? null) : null;
}
