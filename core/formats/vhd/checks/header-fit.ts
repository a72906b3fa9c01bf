import { onesComplementSum } from '../../../structure/checksum.ts';
import { NIL_UUID } from '../../../structure/codecs.ts';
import { BLOCK_SIZES, HEADER_COOKIE, HEADER_LENGTH, NO_OFFSET, SECTOR } from '../constants.ts';
import { type DynamicHeader, dynamicHeader, LOCATOR_CODES } from '../layout.ts';
import type { HeaderSighting, VhdImage, VhdKind } from '../read.ts';
import { legalBlockSize } from '../read.ts';

export const HEADER_VERSION_1_0 = 0x0001_0000;
/** The specification writes the unused offset with 32 bits, and some writers follow it to the letter, at either end. */
export const NO_OFFSET_FORMS = new Set([NO_OFFSET, 0xffff_ffffn, 0xffff_ffff_0000_0000n]);

/** What others than the header say of a child's parent. */
export interface ParentEvidence {
  /** Id of the file that was found for it. */
  ids: readonly string[];
  /** What its locators name it. */
  names: readonly string[];
  /** When the file that was found for it was last changed, seconds since 2000. */
  times: readonly number[];
}

/** What else is known of the image when its header is in doubt. */
export interface HeaderEvidence {
  kind: VhdKind | null;
  /** Guest's size in bytes; null when it is not known. */
  virtualSize: number | null;
  fileSize: number;
  parent: ParentEvidence;
}

/** How a header with a wrong checksum, cookie or block size can be put right. */
export interface HeaderFit {
  /** The one field whose right value makes the stored checksum fit, or `checksum` when the sum itself is the fault. */
  field: keyof DynamicHeader;
  /** The header's values with that field put right. */
  value: DynamicHeader;
  /** Likewise as 1,024 bytes; the checksum in them is right. */
  bytes: Uint8Array;
}

/**
 * Puts right what can have one value only, and then tries every single field against the stored checksum. When none fits and
 * every field is plausible, it is the checksum (or the cookie, under a checksum made for it). Where several fit, the table tells
 * which: a sum of 32 bits is easily met by two fields. Empty when nothing fits.
 */
export function fitHeader(header: HeaderSighting, evidence: HeaderEvidence): HeaderFit[] {
  const { value } = header;
  // what a dynamic disk says of a parent is left over as a rule, and damaged where that makes the sum right
  for (const { bytes, changed } of [withConstants(header, evidence.kind), withConstants(header, null)]) {
    const [wrong] = changed;
    if (wrong && sum(bytes) === value.checksum) {
      const fitted = dynamicHeader.parse(bytes);
      if (plausible(fitted, header.at, evidence)) return [{ field: wrong, value: fitted, bytes }];
    }
    const fits = fieldsThatFit(header, bytes, evidence);
    if (fits.length > 0) return fits;
  }
  const { bytes, changed } = withConstants(header, null);
  const [wrong] = changed;
  // other constants that are wrong prove that more than the sum is; a cookie may be wrong under a sum made for it
  const foreignCookie = changed.length === 1 && wrong === 'cookie' && header.checksumOk;
  if (changed.length > 0 && !foreignCookie) return [];
  const sealed = dynamicHeader.serialise({ checksum: sum(bytes) }, bytes);
  const repaired = dynamicHeader.parse(sealed);
  if (!plausible(repaired, header.at, evidence)) return [];
  return [{ field: wrong ?? 'checksum', value: repaired, bytes: sealed }];
}

/** The header as it stands, what can have one value only put right; null where no reader could work with it. */
export function plainHeader(
  header: HeaderSighting,
  { kind, virtualSize, source }: Pick<VhdImage, 'kind' | 'virtualSize' | 'source'>,
): Pick<HeaderFit, 'value' | 'bytes'> | null {
  const { bytes } = withConstants(header, kind);
  const value = dynamicHeader.parse(bytes);
  const evidence = { kind, virtualSize, fileSize: source.size, parent: { ids: [], names: [], times: [] } };
  return plausible(value, header.at, evidence) ? { value, bytes } : null;
}

/** Whether two headers lead to the same table and the same blocks. */
export function sameLayout(a: DynamicHeader, b: DynamicHeader): boolean {
  return a.tableOffset === b.tableOffset && a.maxTableEntries === b.maxTableEntries && a.blockSize === b.blockSize;
}

/** One fit a field: those values of it that make the stored checksum right over `bytes` and that a reader could work with. */
function fieldsThatFit(header: HeaderSighting, bytes: Uint8Array, evidence: HeaderEvidence): HeaderFit[] {
  const fits = new Map<string, HeaderFit>();
  for (const [field, candidates] of candidateValues(header, evidence)) {
    for (const candidate of candidates) {
      const tried = dynamicHeader.serialise({ [field]: candidate }, bytes);
      if (sum(tried) !== header.value.checksum || equal(tried, bytes) || fits.has(field)) continue;
      const fitted = dynamicHeader.parse(tried);
      if (plausible(fitted, header.at, evidence)) fits.set(field, { field, value: fitted, bytes: tried });
    }
  }
  return [...fits.values()];
}

type HeaderField = keyof DynamicHeader;
const LOCATORS = [1, 2, 3, 4, 5, 6, 7, 8] as const;
const UNUSED = { platformCode: '\0\0\0\0', dataSpace: 0, dataLength: 0, reserved: 0, dataOffset: 0n };

/**
 * The header's bytes with every field that can have one value only put right, and the names of those that were not. Those of a
 * dynamic disk name no parent.
 */
export function withConstants(
  { bytes, value }: HeaderSighting,
  kind: VhdKind | null,
): { bytes: Uint8Array; changed: HeaderField[] } {
  const fields: Partial<DynamicHeader> = {
    cookie: HEADER_COOKIE,
    headerVersion: HEADER_VERSION_1_0,
    reserved1: 0,
    reserved2: new Uint8Array(dynamicHeader.field('reserved2').length),
  };
  if (!NO_OFFSET_FORMS.has(value.dataOffset)) fields.dataOffset = NO_OFFSET;
  for (const n of LOCATORS) {
    fields[`parentLocator${n}`] = kind === 'dynamic' ? UNUSED : { ...value[`parentLocator${n}`], reserved: 0 };
  }
  if (kind === 'dynamic')
    Object.assign(fields, { parentUniqueId: NIL_UUID, parentTimeStamp: 0, parentUnicodeName: '' });
  const changed: HeaderField[] = [];
  let out = bytes;
  for (const [name, constant] of Object.entries(fields)) {
    const next = dynamicHeader.serialise({ [name]: constant }, out);
    if (equal(next, out)) continue;
    changed.push(name as HeaderField);
    out = next;
  }
  return { bytes: out, changed };
}

/**
 * The block size by the size of the disk and the number of table entries, for a header whose own is none. Null when no
 * legal one fits, or more than one does.
 */
export function inferBlockSize(header: HeaderSighting, { virtualSize }: HeaderEvidence): HeaderFit | null {
  const { maxTableEntries } = header.value;
  if (virtualSize === null || virtualSize === 0 || maxTableEntries === 0) return null;
  const fitting = BLOCK_SIZES.filter((size) => Math.ceil(virtualSize / size) === maxTableEntries);
  const blockSize = fitting[0];
  return fitting.length === 1 && blockSize !== undefined ? withField(header, 'blockSize', blockSize) : null;
}

/** As many table entries as the disk needs, for a header that promises none; null for others. */
export function emptyTableFit(header: HeaderSighting, virtualSize: number | null): HeaderFit | null {
  const { maxTableEntries, blockSize } = header.value;
  if (maxTableEntries > 0 || virtualSize === null || virtualSize === 0) return null;
  return withField(header, 'maxTableEntries', Math.ceil(virtualSize / blockSize));
}

function withField(header: HeaderSighting, field: 'blockSize' | 'maxTableEntries', number: number): HeaderFit {
  const changed = dynamicHeader.serialise({ [field]: number }, header.bytes);
  const bytes = dynamicHeader.serialise({ checksum: sum(changed) }, changed);
  return { field, value: dynamicHeader.parse(bytes), bytes };
}

function sum(bytes: Uint8Array): number {
  return onesComplementSum(bytes, dynamicHeader.field('checksum').offset);
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.every((byte, index) => byte === b[index]);
}

type Candidates = [field: keyof DynamicHeader, values: unknown[]];

/** The values a field has in a healthy header of this image. */
function candidateValues({ at, value }: HeaderSighting, { kind, virtualSize, parent }: HeaderEvidence): Candidates[] {
  const behind = BigInt(Math.ceil((at + HEADER_LENGTH) / SECTOR) * SECTOR);
  const out: Candidates[] = [
    ['tableOffset', [behind, 1536n, 2048n, 4096n, 8192n]],
    ['blockSize', [...BLOCK_SIZES]],
  ];
  if (virtualSize !== null && legalBlockSize(value.blockSize)) {
    const needed = Math.ceil(virtualSize / value.blockSize);
    // writers leave one more or none; a number that is one of these already explains no difference of one
    const usual = [needed, needed + 1];
    if (!usual.includes(value.maxTableEntries)) out.push(['maxTableEntries', usual]);
  }
  for (const n of LOCATORS) {
    const entry = value[`parentLocator${n}`];
    const codes = Object.keys(LOCATOR_CODES).map((code) => ({ ...entry, platformCode: code.padEnd(4, '\0') }));
    out.push([`parentLocator${n}`, [UNUSED, ...(entry.dataLength > 0 ? codes : [])]]);
  }
  if (kind === 'differencing') {
    out.push(
      ['parentUniqueId', [...parent.ids]],
      ['parentUnicodeName', [...parent.names]],
      ['parentTimeStamp', [...parent.times]],
    );
  }
  return out;
}

/** Whether a reader could work with these values, and they agree with what else is known. */
function plausible(value: DynamicHeader, at: number, { virtualSize, fileSize }: HeaderEvidence): boolean {
  const { tableOffset, maxTableEntries, blockSize } = value;
  if (value.cookie !== HEADER_COOKIE || value.headerVersion !== HEADER_VERSION_1_0) return false;
  if (!legalBlockSize(blockSize) || maxTableEntries === 0) return false;
  if (virtualSize !== null && maxTableEntries < Math.ceil(virtualSize / blockSize)) return false;
  if (tableOffset % BigInt(SECTOR) !== 0n || tableOffset + BigInt(maxTableEntries) * 4n > BigInt(fileSize))
    return false;
  const table = Number(tableOffset);
  return table >= SECTOR && (table >= at + HEADER_LENGTH || table + maxTableEntries * 4 <= at);
}
