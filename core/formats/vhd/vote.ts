import { onesComplementSum } from '../../structure/checksum.ts';
import { sealFooter } from './build/seal.ts';
import {
  FOOTER_COOKIE,
  FOOTER_LENGTH,
  POISON_COOKIE,
  SECTOR,
  SHORT_FOOTER_LENGTH,
  TYPE_DIFFERENCING,
  TYPE_DYNAMIC,
  TYPE_FIXED,
} from './constants.ts';
import { type FooterSighting, type Footers, likeness, readsAsCopy, sightFooter } from './footer.ts';
import { type Footer, footer } from './layout.ts';

/** Parts beyond which votes are guesses: of 2ⁿ mixtures, if they are many, one fits the checksum by chance. */
const MAX_PARTS = 8;

const CHECKSUM = footer.field('checksum');

/** Bytes that are the same in every footer of a disk with blocks, by offset. */
const CONSTANT = constantBytes();

/**
 * The footer that two damaged ones add up to: the only mixture of both whose cookie and checksum are right, with the bytes put
 * right that are the same in every footer. Whole fields are mixed first, then stretches of bytes, then single bytes: damage is
 * rarely spread finer than it has to be. Two that differ in nothing but their checksums give the footer with the right one.
 * Null when there is none, or more than one.
 */
export function voteFooter(a: Uint8Array, b: Uint8Array): Uint8Array | null {
  if (a.length !== FOOTER_LENGTH || b.length !== FOOTER_LENGTH) return null;
  if (isPoisoned(a) && isPoisoned(b)) return null;
  const fields = fieldParts(a, b);
  // the same damage in both is no vote
  if (fields.length === 0) return null;
  const known = withConstants(a, b, false);
  const whole = withConstants(a, b, true);
  const fits =
    firstFit(...known, [fieldParts, stretches, bytewise]) ??
    firstFit(a, b, [() => fields]) ??
    firstFit(...whole, [fieldParts, stretches, bytewise]);
  if (fits) return onlyOne(fits);
  const [content, other] = known;
  return differingFields(content, other).every((name) => name === CHECKSUM.name) ? sealFooter({}, content) : null;
}

/**
 * Footers with the one that the two damaged ones add up to, where none is valid: its place is `vote`, its offset that of the
 * one at the end.
 */
export function withVote(footers: Footers, fileSize: number): Footers {
  const { copy, chosen } = footers;
  const end = lastFooter(footers, fileSize);
  if (chosen || !end || !copy || end.at === 0) return footers;
  const bytes = voteFooter(end.bytes, copy.bytes);
  const voted = bytes && sightFooter(bytes, 'vote', end.at);
  // two that say "fixed" are no evidence for blocks, and a fixed disk has no copy
  const sparse = voted && readsAsCopy(voted) && voted.value.diskType !== TYPE_FIXED;
  return sparse ? { ...footers, chosen: voted } : footers;
}

/**
 * What stands at the end as a footer would: a damaged one of 511 bytes is found by its likeness to the copy, since no
 * checksum tells its length.
 */
export function lastFooter({ end, copy }: Footers, fileSize: number): FooterSighting | null {
  if (!end || end.valid || !copy?.cookieOk || end.length !== FOOTER_LENGTH) return end;
  if (fileSize % SECTOR !== SHORT_FOOTER_LENGTH) return end;
  const short = sightFooter(end.bytes.subarray(1), 'end', end.at + 1);
  return likeness(short.bytes, copy.bytes) > likeness(end.bytes, copy.bytes) ? short : end;
}

/** Names of the footer's fields in which two differ. */
export function differingFields(a: Uint8Array, b: Uint8Array): (keyof Footer)[] {
  return footer.fields
    .filter(({ offset, length }) => differingBytes(a, b, offset, offset + length).length > 0)
    .map(({ name }) => name as keyof Footer);
}

/** Offsets that are taken from one footer or the other as one. */
type Part = number[];

function differingBytes(a: Uint8Array, b: Uint8Array, from = 0, to = FOOTER_LENGTH): Part {
  const out: Part = [];
  for (let at = from; at < to; at += 1) if (a[at] !== b[at]) out.push(at);
  return out;
}

function fieldParts(a: Uint8Array, b: Uint8Array): Part[] {
  return differingFields(a, b).map((name) => {
    const { offset, length } = footer.field(name);
    return differingBytes(a, b, offset, offset + length);
  });
}

function stretches(a: Uint8Array, b: Uint8Array): Part[] {
  const out: Part[] = [];
  for (const at of differingBytes(a, b)) {
    const last = out.at(-1);
    if (last?.at(-1) === at - 1) last.push(at);
    else out.push([at]);
  }
  return out;
}

function bytewise(a: Uint8Array, b: Uint8Array): Part[] {
  return differingBytes(a, b).map((at) => [at]);
}

/** Mixtures by the coarsest parts that give any; null when none do. */
function firstFit(
  a: Uint8Array,
  b: Uint8Array,
  cuts: readonly ((a: Uint8Array, b: Uint8Array) => Part[])[],
): Uint8Array[] | null {
  for (const partsOf of cuts) {
    const fits = fitting(a, b, partsOf(a, b));
    if (fits.length > 0) return fits;
  }
  return null;
}

/** Every mixture whose cookie and checksum are right. */
function fitting(a: Uint8Array, b: Uint8Array, parts: readonly Part[]): Uint8Array[] {
  const out: Uint8Array[] = [];
  if (parts.length > MAX_PARTS) return out;
  for (let choice = 0; choice < 1 << parts.length; choice += 1) {
    const mixed = a.slice();
    for (const [bit, part] of parts.entries()) {
      if (choice & (1 << bit)) for (const at of part) mixed[at] = b[at] ?? 0;
    }
    const value = footer.parse(mixed);
    if (value.cookie === FOOTER_COOKIE && onesComplementSum(mixed, CHECKSUM.offset) === value.checksum) out.push(mixed);
  }
  return out;
}

function onlyOne(fits: readonly Uint8Array[]): Uint8Array | null {
  const likely = fits.length > 1 ? fits.filter(isPlausible) : fits;
  return likely.length === 1 ? (likely[0] ?? null) : null;
}

/** Far above what is in use: a header stands near the start, and a table of 2³² sectors maps 2 TiB. */
const FAR_HEADER = 1n << 32n;
const LARGE_DISK = 1n << 46n;

/** Values as every known program writes them: chooses between mixtures that all fit the checksum. */
function isPlausible(bytes: Uint8Array): boolean {
  const { diskType, currentSize, originalSize, dataOffset, savedState, hidden } = footer.parse(bytes);
  const inSectors = (value: bigint, below: bigint): boolean =>
    value > 0n && value < below && value % BigInt(SECTOR) === 0n;
  return (
    (diskType === TYPE_DYNAMIC || diskType === TYPE_DIFFERENCING) &&
    inSectors(dataOffset, FAR_HEADER) &&
    inSectors(currentSize, LARGE_DISK) &&
    inSectors(originalSize, LARGE_DISK) &&
    savedState <= 1 &&
    hidden <= 1
  );
}

/** Both with the constant bytes put right in which they differ, or all of them. */
function withConstants(a: Uint8Array, b: Uint8Array, all: boolean): [Uint8Array, Uint8Array] {
  const out: [Uint8Array, Uint8Array] = [a.slice(), b.slice()];
  for (const [at, byte] of CONSTANT) {
    if (!all && a[at] === b[at]) continue;
    for (const each of out) each[at] = byte;
  }
  return out;
}

function constantBytes(): Map<number, number> {
  const fixed: Partial<Footer> = { cookie: FOOTER_COOKIE, features: 2, fileFormatVersion: 0x0001_0000 };
  const model = footer.serialise(fixed, new Uint8Array(FOOTER_LENGTH));
  const out = new Map<number, number>();
  const add = (name: keyof Footer, bytes = model): void => {
    const { offset, length } = footer.field(name);
    for (let at = offset; at < offset + length; at += 1) out.set(at, bytes[at] ?? 0);
  };
  for (const name of ['cookie', 'features', 'fileFormatVersion', 'reserved'] as const) add(name);
  // of bytes as few as those in use, the sum stays below 65,536
  out.set(CHECKSUM.offset, 0xff).set(CHECKSUM.offset + 1, 0xff);
  return out;
}

function isPoisoned(bytes: Uint8Array): boolean {
  return footer.parse(bytes).cookie === POISON_COOKIE;
}
