import { onesComplementSum } from '../../../structure/checksum.ts';
import { NIL_UUID } from '../../../structure/codecs.ts';
import { HEADER_COOKIE, HEADER_LENGTH, MAX_BLOCK_SIZE, MIN_BLOCK_SIZE, NO_OFFSET, SECTOR } from '../constants.ts';
import { type DynamicHeader, dynamicHeader } from '../layout.ts';
import type { HeaderSighting, VhdKind } from '../read.ts';
import { legalBlockSize } from '../read.ts';

export const HEADER_VERSION_1_0 = 0x0001_0000;

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
 * Tries every single field against the stored checksum. Exactly one that fits is the damaged one; when none does and every
 * field is plausible, it is the checksum (or the cookie, under a checksum made for it). Null when neither holds.
 */
export function fitHeader(header: HeaderSighting, evidence: HeaderEvidence): HeaderFit | null {
  const { bytes, value } = header;
  const fits = new Map<string, HeaderFit>();
  for (const [field, candidates] of candidateValues(header, evidence)) {
    for (const candidate of candidates) {
      const tried = dynamicHeader.serialise({ [field]: candidate }, bytes);
      if (sum(tried) !== value.checksum || equal(tried, bytes) || fits.has(field)) continue;
      const fitted = dynamicHeader.parse(tried);
      if (plausible(fitted, header.at, evidence)) fits.set(field, { field, value: fitted, bytes: tried });
    }
  }
  const only = fits.size === 1 ? [...fits.values()][0] : undefined;
  if (only) return only;
  if (fits.size > 0) return null;
  const field = header.cookieOk ? 'checksum' : 'cookie';
  const right = dynamicHeader.serialise({ cookie: HEADER_COOKIE }, bytes);
  const sealed = dynamicHeader.serialise({ checksum: sum(right) }, right);
  const repaired = dynamicHeader.parse(sealed);
  const foreign = !header.cookieOk && !header.checksumOk;
  if (foreign || !plausible(repaired, header.at, evidence)) return null;
  return { field, value: repaired, bytes: sealed };
}

/**
 * The block size by the size of the disk and the number of table entries, for a header whose own is none. Null when no
 * legal one fits, or more than one does.
 */
export function inferBlockSize(header: HeaderSighting, { virtualSize }: HeaderEvidence): HeaderFit | null {
  const { maxTableEntries } = header.value;
  if (virtualSize === null || virtualSize === 0 || maxTableEntries === 0) return null;
  const fitting = blockSizes().filter((size) => Math.ceil(virtualSize / size) === maxTableEntries);
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

function blockSizes(): number[] {
  const sizes: number[] = [];
  for (let size = MIN_BLOCK_SIZE; size <= MAX_BLOCK_SIZE; size *= 2) sizes.push(size);
  return sizes;
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
    ['cookie', [HEADER_COOKIE]],
    ['dataOffset', [NO_OFFSET]],
    ['tableOffset', [behind, 1536n, 2048n, 4096n, 8192n]],
    ['headerVersion', [HEADER_VERSION_1_0]],
    ['blockSize', blockSizes()],
    ['reserved1', [0]],
    ['reserved2', [new Uint8Array(dynamicHeader.field('reserved2').length)]],
  ];
  if (virtualSize !== null && legalBlockSize(value.blockSize)) {
    const needed = Math.ceil(virtualSize / value.blockSize);
    // writers leave one more or none; a number that is one of these already explains no difference of one
    const usual = [needed, needed + 1];
    if (!usual.includes(value.maxTableEntries)) out.push(['maxTableEntries', usual]);
  }
  const unused = { platformCode: '\0\0\0\0', dataSpace: 0, dataLength: 0, reserved: 0, dataOffset: 0n };
  const locators: Candidates[] = ([1, 2, 3, 4, 5, 6, 7, 8] as const).map((n) => [`parentLocator${n}`, [unused]]);
  out.push(...locators);
  if (kind === 'dynamic') {
    out.push(['parentUniqueId', [NIL_UUID]], ['parentTimeStamp', [0]], ['parentUnicodeName', ['']]);
  } else if (kind === 'differencing') {
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
