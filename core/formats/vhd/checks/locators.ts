import type { Finding } from '../../../findings/finding.ts';
import { makeFinding } from '../../../findings/make.ts';
import { formatBytes, formatCount, formatOffset } from '../../../structure/text.ts';
import { FOOTER_LENGTH, SECTOR, UNALLOCATED } from '../constants.ts';
import { type DynamicHeader, dynamicHeader } from '../layout.ts';
import {
  knownLocatorCode,
  type Locator,
  lastComponent,
  locatorEntries,
  locatorEntryOffset,
  locatorPaths,
} from '../locators.ts';
import type { HeaderSighting, VhdImage } from '../read.ts';
import { fieldParts, listed } from './context.ts';
import { namesNoParent } from './parent.ts';
import type { Claim, Survey } from './survey.ts';

/** Codes whose text is UTF-16. */
const WIDE = new Set(['W2ru', 'W2ku']);
/** Paths longer than this are no paths. */
const MAX_PATH_BYTES = 64 * 1024;
const REWRITE = { repairs: ['locator-rewrite' as const] };

type EntryField = 'platformCode' | 'dataSpace' | 'dataLength' | 'dataOffset';
const FIELD_PLACE: Record<EntryField, [offset: number, length: number]> = {
  platformCode: [0, 4],
  dataSpace: [4, 4],
  dataLength: [8, 4],
  dataOffset: [16, 8],
};

/** Rules of the parent locators of a differencing disk: each entry, its text, and what the texts say together. */
export function checkLocators(image: VhdImage, survey: Survey): Finding[] {
  const { header, kind, locators } = image;
  if (!header?.usable || kind !== 'differencing') return [];
  const findings: Finding[] = [...unusedSlots(header.at, header.value)];
  const seen = new Map<string, number>();
  const sound: Locator[] = [];
  for (const locator of locators) {
    const { code, number } = locator;
    const earlier = seen.get(code);
    if (earlier === undefined) seen.set(code, number);
    else {
      const message = `Parent locators ${earlier} and ${number} both have the code ${code}; each platform can have one.`;
      findings.push(entryFinding(header.at, locator, 'locator.duplicate', 'platformCode', message));
    }
    const fault = checkEntry(image, survey, locator);
    if (fault) findings.push(fault);
    else if (locator.text !== null) sound.push(locator);
  }
  // what damaged ones say, or that none is left then, is said already
  const explained = findings.some(({ severity }) => severity !== 'info');
  if (sound.length > 0) findings.push(...checkNames(header, sound));
  else if (!explained && !namesNoParent(image) && !isCutOff(image, 0n))
    findings.push(noLocator(header, locators.length > 0));
  return findings;
}

function entryFinding(
  headerAt: number,
  { number }: Pick<Locator, 'number'>,
  code: Finding['code'],
  field: EntryField,
  message: string,
  parts: Partial<Finding> = {},
): Finding {
  const [offset, length] = FIELD_PLACE[field];
  return makeFinding(code, 'no-loss', message, {
    offset: headerAt + locatorEntryOffset(number) + offset,
    length,
    field: `parentLocator${number}.${field}`,
    structure: dynamicHeader.id,
    ...REWRITE,
    ...parts,
  });
}

/** A slot without a code is empty; numbers in it are left over. */
function unusedSlots(headerAt: number, value: DynamicHeader): Finding[] {
  const findings: Finding[] = [];
  for (const [index, entry] of locatorEntries(value).entries()) {
    if (entry.platformCode !== '\0\0\0\0') continue;
    if (entry.dataSpace === 0 && entry.dataLength === 0 && entry.dataOffset === 0n) continue;
    const message = `Parent locator ${index + 1} has no code, but ${formatCount(entry.dataLength)} bytes at ${formatOffset(entry.dataOffset)}: readers skip it.`;
    findings.push(
      entryFinding(headerAt, { number: index + 1 }, 'locator.code', 'platformCode', message, { severity: 'info' }),
    );
  }
  return findings;
}

/** The first thing that is wrong with an entry; what follows from it is not said again. */
function checkEntry(image: VhdImage, survey: Survey, locator: Locator): Finding | null {
  const { header, source } = image;
  const { number, entry, code, at, text } = locator;
  const headerAt = header?.at ?? 0;
  const is = `Parent locator ${number} (${code})`;
  const fault = (name: Finding['code'], field: EntryField, message: string, parts: Partial<Finding> = {}): Finding =>
    entryFinding(headerAt, locator, name, field, message, parts);

  if (!knownLocatorCode(entry.platformCode)) {
    const message = `Parent locator ${number} has the code "${code}", which no platform uses. vhd-util refuses the whole image for it.`;
    return fault('locator.code', 'platformCode', message);
  }
  if (entry.dataLength === 0 || entry.dataLength > MAX_PATH_BYTES || (WIDE.has(code) && entry.dataLength % 2 !== 0)) {
    const why =
      entry.dataLength === 0
        ? 'so it names nothing'
        : entry.dataLength > MAX_PATH_BYTES
          ? 'longer than any path'
          : 'an odd number for UTF-16 text';
    return fault(
      'locator.length',
      'dataLength',
      `${is} is said to be ${formatCount(entry.dataLength)} bytes long, ${why}.`,
    );
  }
  if (at === null || at + entry.dataLength > source.size) {
    if (isCutOff(image, entry.dataOffset)) return null;
    const message = `${is} is said to be at ${formatOffset(entry.dataOffset)}, ${formatCount(entry.dataLength)} bytes long, but the file ends at ${formatOffset(source.size)}.`;
    return fault('locator.outside', 'dataOffset', message);
  }
  if (locator.space < entry.dataLength) {
    const message = `${is} has ${formatCount(entry.dataLength)} bytes of text in ${entry.dataSpace === 0 ? 'no room at all' : `room for ${formatBytes(locator.space)}`}.`;
    return fault('locator.space', 'dataSpace', message);
  }
  const hit = collision(image, survey, locator, at);
  if (hit) {
    const message = `${is} has its text at ${formatOffset(at)} to ${formatOffset(at + entry.dataLength)}, where ${hit} is. Writing it would damage that.`;
    return fault('locator.overlap', 'dataOffset', message);
  }
  if (code === 'Mac') {
    const message = `${is} is a Mac OS alias, which only Mac OS can read.`;
    return fault('locator.unreadable', 'platformCode', message, {
      severity: 'info',
      prognosis: 'cosmetic',
      repairs: [],
    });
  }
  if (text === null || text === '') {
    const message = `${is} has ${formatCount(entry.dataLength)} bytes of text at ${formatOffset(at)} that name nothing.`;
    return fault('locator.unreadable', 'dataOffset', message, { offset: at, length: entry.dataLength });
  }
  if (/\ufffd/.test(text)) {
    const message = `The text of parent locator ${number} (${code}) at ${formatOffset(at)} is not valid UTF-8: "${text}".`;
    return fault('locator.unreadable', 'dataOffset', message, { offset: at, length: entry.dataLength });
  }
  return null;
}

/** The file has been cut before the place where texts usually are: that is said already. */
function isCutOff({ bat, footers, source }: VhdImage, offset: bigint): boolean {
  const cut = !footers.end?.valid && (!bat || bat.at + bat.promised * 4 > source.size);
  return cut && offset < BigInt((bat ? bat.at + bat.paddedLength : source.size) + 1024 * 1024);
}

/** What else stands where a locator's text does; null when nothing does. */
function collision(image: VhdImage, survey: Survey, locator: Locator, at: number): string | null {
  const from = at;
  const to = at + locator.entry.dataLength;
  const claims: Claim[] = [...survey.metadata];
  const { end } = image.footers;
  if (end?.valid) claims.push({ from: end.at, to: end.at + FOOTER_LENGTH, what: 'the footer' });
  for (const other of image.locators) {
    if (other.number >= locator.number || other.at === null) continue;
    // two entries of one text are one path said twice
    if (other.at === at && other.length === locator.length) continue;
    claims.push({ from: other.at, to: other.at + other.length, what: `the text of locator ${other.number}` });
  }
  const claim = claims.find((candidate) => from < candidate.to && candidate.from < to);
  if (claim) return claim.what;
  for (let block = 0; block < survey.entries.length; block += 1) {
    const entry = survey.entries[block] ?? UNALLOCATED;
    if (entry === UNALLOCATED) continue;
    const start = entry * SECTOR;
    if (from >= start + survey.blockLength || start >= to) continue;
    if (!isMisplaced(survey, block, start)) return `block ${block} (${formatOffset(start)})`;
  }
  return null;
}

/** A block that is in something else's place, too, is itself the fault. */
function isMisplaced({ entries, metadata, blockLength }: Survey, block: number, at: number): boolean {
  const end = at + blockLength;
  if (metadata.some((claim) => at < claim.to && claim.from < end)) return true;
  return entries.some((entry, other) => {
    const start = entry * SECTOR;
    return other !== block && entry !== UNALLOCATED && at < start + blockLength && start < end;
  });
}

/** Whether the locators and the header's name agree. */
function checkNames(header: HeaderSighting, sound: readonly Locator[]): Finding[] {
  const name = header.value.parentUnicodeName;
  if (name === '') return [nameless(header, sound)];
  const expected = comparable(lastComponent(name));
  const other = sound.filter(
    ({ code, text }) =>
      !locatorPaths(code, text ?? '').some(({ path }) => comparable(lastComponent(path)) === expected),
  );
  const first = other[0];
  if (!first) return [];
  const message = `The header names the parent "${name}", but ${said(other)}. One of them has been changed without the other.`;
  return [
    makeFinding('locator.name-mismatch', 'no-loss', message, {
      offset: first.at,
      length: first.length,
      field: `parentLocator${first.number}.text`,
      structure: dynamicHeader.id,
      ...REWRITE,
    }),
  ];
}

/** Locators name the parent, and the header does not. */
function nameless(header: HeaderSighting, sound: readonly Locator[]): Finding {
  const message = `The header names no parent, but ${said(sound)}. Programs that go by the header's name do not find it, and vhd-util's check calls the image invalid.`;
  return makeFinding('locator.name-mismatch', 'no-loss', message, {
    ...fieldParts(dynamicHeader, header.at, 'parentUnicodeName'),
    ...REWRITE,
  });
}

function said(locators: readonly Locator[]): string {
  return listed(locators.map(({ number, code, text }) => `locator ${number} (${code}) says "${text ?? ''}"`));
}

/** No locator leads anywhere. */
function noLocator({ at, value }: HeaderSighting, some: boolean): Finding {
  const why = some ? 'No parent locator can be read' : 'No parent locator is in use';
  const name = value.parentUnicodeName;
  const rest =
    name === ''
      ? 'and the header names no parent either'
      : `so the parent is found by the header's name, "${name}", or by its id`;
  const first = dynamicHeader.field('parentLocator1');
  return makeFinding('locator.none', 'no-loss', `${why}, ${rest}.`, {
    offset: at + first.offset,
    length: first.length * 8,
    field: first.name,
    structure: dynamicHeader.id,
    ...REWRITE,
  });
}

/** Names are compared as Windows and Mac OS do: without case, in composed form. */
function comparable(name: string): string {
  return name.normalize('NFC').toLowerCase();
}
