import type { Finding } from '../../../findings/finding.ts';
import { makeFinding } from '../../../findings/make.ts';
import { NIL_UUID, printable } from '../../../structure/codecs.ts';
import { formatBytes, formatCount, formatOffset } from '../../../structure/text.ts';
import { DEFAULT_BLOCK_SIZE, HEADER_LENGTH, SECTOR, vhdTimeToIso } from '../constants.ts';
import { type DynamicHeader, dynamicHeader, footer as footerTable } from '../layout.ts';
import { locatorEntries, locatorEntryOffset } from '../locators.ts';
import { type HeaderSighting, legalBlockSize, type VhdImage } from '../read.ts';
import { counted, fieldParts, glimpse, isZero, listed, structureParts, usedExtent } from './context.ts';
import { HEADER_VERSION_1_0, type HeaderFit, NO_OFFSET_FORMS } from './header-fit.ts';
import { laidOutFixed, tableFault } from './survey.ts';

/**
 * Rules of the dynamic header. `fit` is how a damaged one can be put right; its values are then the ones that are judged,
 * so that one damaged field is one finding. `implausible` names a field that cannot be right and that no other witness puts
 * right.
 */
export function checkHeader(image: VhdImage, fit: HeaderFit | null, implausible: string | null): Finding[] {
  if (laidOutFixed(image)) return [];
  const { header } = image;
  if (!header) return missingHeader(image);
  const identity = checkIdentity(header, fit, implausible);
  if (!header.usable && !fit && identity.length > 0) return [...identity, ...misplacedHeader(image, header)];
  // under a right checksum the fields are what somebody wrote; what was inferred is for finding the blocks alone
  const value = header.checksumOk ? header.value : (fit?.value ?? header.value);
  return [
    ...identity,
    ...misplacedHeader(image, header),
    ...checkFields(image, header, value),
    ...checkBlockSize(header, value, fit),
    ...checkParentFields(image, header, value),
  ];
}

function missingHeader({ footer, source }: VhdImage): Finding[] {
  const at = footer && footer.value.dataOffset < BigInt(source.size) ? Number(footer.value.dataOffset) : SECTOR;
  const size = footer ? Number(footer.value.currentSize) : 0;
  const lost = Number.isSafeInteger(size) && size > 0 ? [{ offset: 0, length: size }] : [];
  if (source.size < SECTOR + HEADER_LENGTH) {
    const message = `The file ends at ${formatOffset(source.size)}: the dynamic header, the block allocation table and every block are gone.`;
    return [makeFinding('image.truncated', 'lost', message, { offset: source.size, length: 0, lost })];
  }
  const said = footer
    ? `The footer says that the dynamic header is at ${formatOffset(footer.value.dataOffset)}, but`
    : 'No footer says where the dynamic header is, and';
  const message = `${said} there is none there or at ${formatOffset(SECTOR)}: the blocks cannot be found without it.`;
  return [
    makeFinding('header.missing', 'decision', message, {
      ...structureParts(dynamicHeader, at),
      repairs: ['header-rebuild'],
    }),
  ];
}

/** Cookie and checksum: whether this is a header, and unharmed. */
function checkIdentity(header: HeaderSighting, fit: HeaderFit | null, implausible: string | null): Finding[] {
  const { at, bytes, value, cookieOk, checksumOk, computedChecksum } = header;
  if (cookieOk && checksumOk) return [];
  const sums = `stored 0x${value.checksum.toString(16).padStart(8, '0')}, computed 0x${computedChecksum.toString(16).padStart(8, '0')}`;
  if (!cookieOk) {
    if (isZero(bytes)) {
      const message = `The dynamic header at ${formatOffset(at)} is ${formatCount(HEADER_LENGTH)} zero bytes: the blocks cannot be found without it.`;
      return [
        makeFinding('header.missing', 'decision', message, {
          ...structureParts(dynamicHeader, at),
          repairs: ['header-rebuild'],
        }),
      ];
    }
    const rest = fit
      ? 'Everything else in the header is plausible, so the cookie can be written back.'
      : checksumOk
        ? 'The checksum fits.'
        : `The checksum does not fit either (${sums}): something else stands there.`;
    const message = `The dynamic header at ${formatOffset(at)} begins with ${glimpse(bytes)} instead of cxsparse. ${rest}`;
    return [
      makeFinding('header.cookie', fit ? 'no-loss' : 'decision', message, {
        ...fieldParts(dynamicHeader, at, 'cookie'),
        repairs: fit ? ['header-recompute'] : ['header-rebuild'],
      }),
    ];
  }
  const wrong = `The dynamic header's checksum does not fit: ${sums}.`;
  if (!fit) {
    const message = `${wrong} No single field explains it, or more than one would, so which of its values are right has to be decided.`;
    return [
      makeFinding('header.checksum', 'decision', message, {
        ...fieldParts(dynamicHeader, at, 'checksum'),
        repairs: ['header-recompute', 'header-rebuild'],
      }),
    ];
  }
  if (fit.field === 'checksum' && implausible) {
    const message = `${wrong} ${implausible} cannot be right either, and what it was is not known: a new sum would only seal it.`;
    return [
      makeFinding('header.checksum', 'decision', message, {
        ...fieldParts(dynamicHeader, at, 'checksum'),
        repairs: ['header-recompute'],
      }),
    ];
  }
  const { codec: was, value: should } = shown(header, fit);
  const explained =
    fit.field === 'checksum'
      ? 'All fields are plausible and none explains the difference, so the sum itself is wrong.'
      : `It fits exactly when ${fit.field} is ${should} instead of ${was}.`;
  return [
    makeFinding('header.checksum', 'no-loss', `${wrong} ${explained}`, {
      ...fieldParts(dynamicHeader, at, fit.field),
      repairs: ['header-recompute'],
    }),
  ];
}

/** A fitted field before and after, as text. */
function shown(header: HeaderSighting, fit: HeaderFit): { codec: string; value: string } {
  const text = (bytes: Uint8Array): string =>
    dynamicHeader.decode(bytes).find(({ name }) => name === fit.field)?.text ?? '';
  return { codec: text(header.bytes), value: text(fit.bytes) };
}

/** A header that is not where the footer says. */
function misplacedHeader({ footer }: VhdImage, header: HeaderSighting): Finding[] {
  if (!footer || footer.value.dataOffset === BigInt(header.at)) return [];
  const message = `The footer says that the dynamic header is at ${formatOffset(footer.value.dataOffset)}; it is at ${formatOffset(header.at)}. A reader that follows the footer does not find the blocks.`;
  return [
    makeFinding('footer.data-offset', 'no-loss', message, {
      ...fieldParts(footerTable, footer.at, 'dataOffset'),
      repairs: ['footer-synthesise'],
    }),
  ];
}

function checkFields(image: VhdImage, header: HeaderSighting, value: DynamicHeader): Finding[] {
  const findings: Finding[] = [];
  const { at } = header;
  const parts = (name: keyof DynamicHeader) => fieldParts(dynamicHeader, at, name);
  if (value.headerVersion !== HEADER_VERSION_1_0) {
    const text = `${value.headerVersion >>> 16}.${value.headerVersion & 0xffff}`;
    findings.push(
      makeFinding(
        'header.version',
        'decision',
        `The dynamic header's version is ${text}; only 1.0 is known.`,
        parts('headerVersion'),
      ),
    );
  }
  if (!NO_OFFSET_FORMS.has(value.dataOffset)) {
    const message = `The header's own data offset, which is not used, is ${formatOffset(value.dataOffset)} and not all ones. vhd-util refuses such a header.`;
    findings.push(makeFinding('header.data-offset', 'cosmetic', message, parts('dataOffset')));
  }
  findings.push(...checkTablePlace(image, header, value));
  findings.push(...checkEntryCount(image, header, value));
  if (value.reserved1 !== 0) {
    const message = `Reserved bytes 60 to 63 of the dynamic header are 0x${value.reserved1.toString(16)}, not zero.`;
    findings.push(makeFinding('header.reserved', 'cosmetic', message, parts('reserved1')));
  }
  const used = usedExtent(value.reserved2);
  if (used) {
    const from = dynamicHeader.field('reserved2').offset + used.offset;
    const message = `Reserved bytes of the dynamic header are not zero: ${counted(used.length, 'byte')} from byte ${from} on.`;
    findings.push(
      makeFinding('header.reserved', 'cosmetic', message, {
        ...parts('reserved2'),
        offset: at + from,
        length: used.length,
      }),
    );
  }
  for (const [index, entry] of locatorEntries(value).entries()) {
    if (entry.reserved === 0) continue;
    const message = `The reserved bytes of parent locator ${index + 1} are 0x${entry.reserved.toString(16)}, not zero.`;
    findings.push(
      makeFinding('header.reserved', 'cosmetic', message, {
        offset: at + locatorEntryOffset(index + 1) + 12,
        length: 4,
        field: `parentLocator${index + 1}.reserved`,
        structure: dynamicHeader.id,
      }),
    );
  }
  return findings;
}

function checkTablePlace({ source, footers }: VhdImage, { at }: HeaderSighting, value: DynamicHeader): Finding[] {
  const { tableOffset } = value;
  const { size } = source;
  const parts = { ...fieldParts(dynamicHeader, at, 'tableOffset'), repairs: ['header-rebuild' as const] };
  const said = `The header says that the block allocation table is at ${formatOffset(tableOffset)}`;
  if (tableOffset >= BigInt(size)) {
    // without a footer at its end the file has been cut, and the header may well be right
    if (!footers.end?.valid && tableOffset < BigInt(at + 64 * 1024)) {
      const message = `The file ends at ${formatOffset(size)}, before the block allocation table at ${formatOffset(tableOffset)}: where the blocks were is not known.`;
      const length = footers.chosen ? Number(footers.chosen.value.currentSize) : 0;
      const lost = Number.isSafeInteger(length) && length > 0 ? [{ offset: 0, length }] : [];
      return [
        makeFinding('bat.truncated', 'lost', message, {
          offset: Number(tableOffset),
          length: 0,
          structure: 'vhd.bat',
          lost,
        }),
      ];
    }
    return [
      makeFinding(
        'header.table-offset',
        'decision',
        `${said}, past the end of the file at ${formatOffset(size)}.`,
        parts,
      ),
    ];
  }
  const fault = tableFault(at, value);
  return fault ? [makeFinding('header.table-offset', 'decision', `${said}, ${fault}.`, parts)] : [];
}

function checkEntryCount(image: VhdImage, { at }: HeaderSighting, value: DynamicHeader): Finding[] {
  const { virtualSize } = image;
  const { maxTableEntries, blockSize } = value;
  const parts = { ...fieldParts(dynamicHeader, at, 'maxTableEntries'), repairs: ['header-rebuild' as const] };
  if (!legalBlockSize(blockSize) || virtualSize === null || virtualSize === 0) {
    if (maxTableEntries > 0) return [];
    return [makeFinding('header.max-entries', 'decision', 'The header promises no BAT entries at all.', parts)];
  }
  const needed = Math.ceil(virtualSize / blockSize);
  if (needed > 0xffff_ffff) {
    if (!image.footer) return [];
    const message = `The current size is ${formatBytes(virtualSize)} (${virtualSize} bytes): more blocks than any table can have.`;
    return [
      makeFinding('footer.size-absurd', 'decision', message, fieldParts(footerTable, image.footer.at, 'currentSize')),
    ];
  }
  if (maxTableEntries >= needed) return [];
  if (maxTableEntries === 0) {
    const message = `The header promises no BAT entries; a disk of ${formatBytes(virtualSize)} needs ${formatCount(needed)}.`;
    return [makeFinding('header.max-entries', 'decision', message, parts)];
  }
  const offset = maxTableEntries * blockSize;
  const unreachable = { offset, length: virtualSize - offset };
  const message = `A disk of ${formatBytes(virtualSize)} needs ${formatCount(needed)} BAT entries, but the header promises ${formatCount(maxTableEntries)}: what lies past ${formatBytes(offset)} cannot be reached. An interrupted resize looks like this.`;
  return [
    makeFinding('header.size-exceeds-table', 'decision', message, { ...parts, repairs: [], lost: [unreachable] }),
  ];
}

function checkBlockSize({ at }: HeaderSighting, { blockSize }: DynamicHeader, fit: HeaderFit | null): Finding[] {
  const parts = fieldParts(dynamicHeader, at, 'blockSize');
  if (legalBlockSize(blockSize)) {
    if (blockSize === DEFAULT_BLOCK_SIZE || fit?.field === 'blockSize') return [];
    const trap =
      blockSize > DEFAULT_BLOCK_SIZE
        ? 'vhd-util refuses blocks of more than 2 MiB.'
        : "vhd-util's repair cuts off data of such images.";
    const message = `Blocks are ${formatBytes(blockSize)} instead of the usual 2 MiB. That is legal, but ${trap}`;
    return [makeFinding('header.block-size', 'cosmetic', message, { ...parts, severity: 'info' })];
  }
  const power = blockSize > 0 && (blockSize & (blockSize - 1)) === 0;
  const why = power ? 'no writer makes such blocks (512 KiB to 256 MiB are known)' : 'it is not a power of two';
  const meant =
    fit?.field === 'blockSize'
      ? ` By the size of the disk and the number of table entries it is ${formatBytes(fit.value.blockSize)}.`
      : '';
  const message = `The block size is ${formatCount(blockSize)} bytes: ${why}, so the blocks cannot be found by it.${meant}`;
  return [makeFinding('header.block-size', 'decision', message, { ...parts, repairs: ['header-rebuild'] })];
}

/** A dynamic disk has no parent: what names one is left over, or the disk is a child whose type is wrong. */
function checkParentFields({ kind }: VhdImage, { at }: HeaderSighting, value: DynamicHeader): Finding[] {
  if (kind !== 'dynamic') return [];
  const used: [keyof DynamicHeader, string][] = [];
  if (value.parentUniqueId !== NIL_UUID) used.push(['parentUniqueId', `the parent id ${value.parentUniqueId}`]);
  if (value.parentUnicodeName !== '') used.push(['parentUnicodeName', `the parent name "${value.parentUnicodeName}"`]);
  const locators = locatorEntries(value).filter((entry) => entry.platformCode !== '\0\0\0\0');
  if (locators.length > 0) {
    used.push([
      'parentLocator1',
      `${counted(locators.length, 'parent locator')} (${listed(locators.map((entry) => printable(entry.platformCode)))})`,
    ]);
  }
  if (used.length === 0) {
    if (value.parentTimeStamp === 0) return [];
    const message = `The disk is dynamic and has no parent, but its header holds a parent's time: ${vhdTimeToIso(value.parentTimeStamp)}.`;
    return [
      makeFinding('header.parent-on-dynamic', 'cosmetic', message, {
        ...fieldParts(dynamicHeader, at, 'parentTimeStamp'),
        severity: 'info',
      }),
    ];
  }
  const first = used[0]?.[0] ?? 'parentUniqueId';
  const child = value.parentUniqueId !== NIL_UUID && used.length > 1;
  const message = `The footer says that the disk is dynamic, but the header holds ${listed(used.map(([, text]) => text))}. ${child ? 'If it is a child after all, everything its parent holds reads as zeros.' : 'A dynamic disk has no parent.'}`;
  return [
    makeFinding('header.parent-on-dynamic', 'decision', message, {
      ...fieldParts(dynamicHeader, at, first),
      severity: child ? 'error' : 'warning',
    }),
  ];
}
