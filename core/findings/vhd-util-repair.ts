import type { FindingCode } from './codes.ts';
import type { Finding } from './finding.ts';

/**
 * What `vhd-util repair` makes of a damaged image, as it was seen to do: it refuses, it destroys guest data or hides that some
 * is gone, it puts the image right, or it changes nothing and reports success.
 */
export type VhdUtilOutcome = 'refuses' | 'destroys' | 'repairs' | 'nothing';

export interface VhdUtilRepair {
  outcome: VhdUtilOutcome;
  /** One or two plain sentences. */
  says: string;
}

/** The only block size it knows, in bytes. */
const ITS_BLOCK = 2 * 1024 * 1024;

const FOOTER_WRITTEN = 'It writes the same footer, in place, with no word and no way back.';
const CUT_UNSEEN = 'It writes the footer where data ends and cuts off what is behind it, keeping none of it.';
const COPY_WRITTEN = 'It writes the copy from the footer at the end, in place, with no word and no way back.';
const HEADER_REFUSED = 'It tries for ten seconds, then refuses: a bad header is beyond it.';
const LEFT_AS_IT_IS = 'It reports success and leaves this as it is.';
const HIDES_TAIL =
  'It makes the file longer by a hole, reports success, and calls the image valid from then on: what is missing reads as zeros.';
const NO_HEADER_FOUND = 'It finds no header where the footer says, and fails.';

const BY_CODE: Partial<Record<FindingCode, [VhdUtilOutcome, string]>> = {
  'image.empty': ['refuses', 'It fails: there is nothing to read.'],
  'image.too-small': ['refuses', 'It fails: there is nothing to read.'],
  'image.truncated': ['refuses', 'It fails: the headers are not all there.'],
  'image.foreign': ['refuses', 'It refuses: this is no VHD to it.'],
  'image.unknown': ['refuses', 'It refuses: without a good footer this is no VHD to it.'],
  'image.unaligned': ['repairs', CUT_UNSEEN],
  'image.trailing-bytes': ['repairs', CUT_UNSEEN],
  'footer.missing': ['repairs', FOOTER_WRITTEN],
  'footer.cookie': ['repairs', FOOTER_WRITTEN],
  'footer.checksum': ['repairs', FOOTER_WRITTEN],
  'footer.misplaced': ['repairs', CUT_UNSEEN],
  'footer.short': ['repairs', 'It writes the footer whole, in place.'],
  'footer.copies-differ': ['repairs', 'It writes the footer over the copy, in whatever they differ.'],
  'footer.poisoned': ['refuses', 'It refuses: a resize was interrupted.'],
  'footer.data-offset': ['refuses', NO_HEADER_FOUND],
  'footer.features': ['nothing', LEFT_AS_IT_IS],
  'footer.version': ['nothing', LEFT_AS_IT_IS],
  'footer.disk-type': ['nothing', LEFT_AS_IT_IS],
  'footer.saved-state': ['nothing', LEFT_AS_IT_IS],
  'footer.hidden': ['nothing', LEFT_AS_IT_IS],
  'footer.reserved': ['nothing', LEFT_AS_IT_IS],
  'footer.timestamp-future': ['nothing', LEFT_AS_IT_IS],
  'footer.uuid-nil': ['repairs', 'It draws a new id at random; children that name this image do not find it any more.'],
  'footer.size-zero': [
    'destroys',
    'It reports success and cuts the file down to its headers: every block is destroyed.',
  ],
  'footer.size-absurd': ['refuses', 'It crashes.'],
  'footer-copy.missing': ['repairs', COPY_WRITTEN],
  'footer-copy.cookie': ['repairs', COPY_WRITTEN],
  'footer-copy.checksum': ['repairs', COPY_WRITTEN],
  'fixed.size-mismatch': ['nothing', LEFT_AS_IT_IS],
  'header.missing': ['refuses', HEADER_REFUSED],
  'header.cookie': ['refuses', HEADER_REFUSED],
  'header.checksum': ['refuses', HEADER_REFUSED],
  'header.version': ['refuses', HEADER_REFUSED],
  'header.data-offset': ['refuses', HEADER_REFUSED],
  'header.table-offset': ['refuses', 'It fails: it does not find the table.'],
  'header.max-entries': ['refuses', 'It fails: it cannot read a table of that size.'],
  'header.block-size': ['refuses', HEADER_REFUSED],
  'header.size-exceeds-table': ['refuses', 'It refuses: the disk has more blocks than the table has entries.'],
  'header.parent-on-dynamic': ['nothing', LEFT_AS_IT_IS],
  'bat.truncated': ['refuses', 'It fails: the table is not all there.'],
  'bat.past-eof': [
    'destroys',
    'It makes the file grow to where the entry points, up to 2 TiB, reports success, and calls the image valid from then on: the block is gone without a word.',
  ],
  'bat.over-footer': ['destroys', HIDES_TAIL],
  'block.truncated': ['destroys', HIDES_TAIL],
  'bat.overlap': ['nothing', LEFT_AS_IT_IS],
  'bat.in-metadata': ['nothing', LEFT_AS_IT_IS],
  'bitmap.data-under-clear': ['nothing', LEFT_AS_IT_IS],
  'batmap.cookie': ['refuses', 'It refuses, and refuses to coalesce from then on, although every block can be read.'],
  'batmap.checksum': ['refuses', 'It refuses, and refuses to coalesce from then on, although every block can be read.'],
  'batmap.unallocated-full': ['nothing', LEFT_AS_IT_IS],
  'batmap.partial-full': [
    'nothing',
    'It leaves this as it is; its coalesce then trusts the map and writes stale sectors over the parent.',
  ],
  'locator.code': ['refuses', 'It refuses, with no reason given.'],
  'locator.outside': ['destroys', 'It makes the file grow to where the locator points, and then crashes or refuses.'],
  'locator.overlap': ['nothing', LEFT_AS_IT_IS],
  'locator.length': ['nothing', LEFT_AS_IT_IS],
  'locator.space': ['nothing', LEFT_AS_IT_IS],
  'locator.none': ['nothing', LEFT_AS_IT_IS],
  'locator.name-mismatch': ['nothing', LEFT_AS_IT_IS],
  'parent.missing': ['nothing', LEFT_AS_IT_IS],
  'parent.moved': ['nothing', LEFT_AS_IT_IS],
  'parent.damaged': ['nothing', LEFT_AS_IT_IS],
  'parent.larger': ['nothing', LEFT_AS_IT_IS],
  'parent.timestamp-future': ['nothing', LEFT_AS_IT_IS],
  'parent.id-mismatch': ['nothing', 'It leaves this as it is; its coalesce goes ahead into the wrong parent.'],
  'parent.id-nil': [
    'nothing',
    'It leaves this as it is; its coalesce then takes the parent for a raw disk and writes over its header and table.',
  ],
  'chain.cycle': ['nothing', LEFT_AS_IT_IS],
};

const FOOTER_DAMAGE: readonly FindingCode[] = ['footer.missing', 'footer.cookie', 'footer.checksum'];
const COPY_DAMAGE: readonly FindingCode[] = ['footer-copy.missing', 'footer-copy.cookie', 'footer-copy.checksum'];
const RANK: readonly VhdUtilOutcome[] = ['refuses', 'destroys', 'repairs', 'nothing'];

/**
 * What `vhd-util repair` would do to an image with these findings; null where nothing is known. `blockSize` is the header's,
 * in bytes; null for a fixed disk or where it cannot be read.
 */
export function vhdUtilRepair(findings: readonly Finding[], blockSize: number | null): VhdUtilRepair | null {
  const codes = findings.map(({ code }) => code);
  const has = (some: readonly FindingCode[]): boolean => codes.some((code) => some.includes(code));
  if (has(FOOTER_DAMAGE) && has(COPY_DAMAGE))
    return { outcome: 'refuses', says: 'It refuses: both footers are damaged, and it knows no other way to one.' };
  if (blockSize !== null && isSmallBlock(blockSize))
    return {
      outcome: 'destroys',
      says: 'It takes every block for 2 MiB, looks at the first part of the table only, and cuts off what the rest points to.',
    };
  const known = codes.flatMap((code) => {
    const found = BY_CODE[code];
    return found ? [found] : [];
  });
  const outcome = RANK.find((one) => known.some(([kind]) => kind === one));
  if (outcome === undefined) return null;
  const says = [...new Set(known.filter(([kind]) => kind === outcome).map(([, text]) => text))];
  return { outcome, says: says.slice(0, 2).join(' ') };
}

function isSmallBlock(size: number): boolean {
  return size > 0 && size < ITS_BLOCK && Number.isInteger(Math.log2(size));
}
