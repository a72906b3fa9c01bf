import type { FindingCode } from '../../../findings/codes.ts';
import type { Prognosis, RepairStrategy, Severity } from '../../../findings/finding.ts';
import { NIL_UUID, printable } from '../../../structure/codecs.ts';
import { formatBytes, formatCount, formatOffset } from '../../../structure/text.ts';
import { msToVhdTime, NO_OFFSET, SECTOR, TYPE_FIXED, vhdTimeToIso } from '../constants.ts';
import { geometryBytes, geometryFor } from '../geometry.ts';
import { diskTypeName, type Footer, footer } from '../layout.ts';
import { kindOf } from '../read.ts';
import { type CheckContext, CLOCK_TOLERANCE, usedExtent } from './context.ts';

/** Field rules that hold for the footer and its copy alike: the code without what stands before the dot. */
export type FooterRule = FindingCode extends infer C ? (C extends `footer-copy.${infer R}` ? R : never) : never;

/** One field of a footer that is not as it should be. */
export interface FooterFault {
  rule: Exclude<FooterRule, 'missing' | 'cookie' | 'checksum'>;
  field: keyof Footer;
  /** Within the footer. */
  offset: number;
  length: number;
  /** Only where it differs from the code's own. */
  severity?: Severity;
  prognosis: Prognosis;
  message: string;
  repairs?: RepairStrategy[];
}

const VERSION_1_0 = 0x0001_0000;
/** The specification writes the unused offset with 32 bits, and some writers follow it to the letter. */
const NO_OFFSET_32 = 0xffff_ffffn;
/** The newest version of tapdisk's format, 1.3. */
const TAP_NEWEST = 0x0001_0003;

/** Every field rule that can be judged by the footer alone. */
export function footerFaults(value: Footer, bytes: Uint8Array, context: CheckContext): FooterFault[] {
  const faults: FooterFault[] = [];
  const add = (
    rule: FooterFault['rule'],
    field: keyof Footer,
    prognosis: Prognosis,
    message: string,
    more: Partial<FooterFault> = {},
  ): void => {
    const { offset, length } = footer.field(field);
    faults.push({ rule, field, offset, length, prognosis, message, ...more });
  };

  if ((value.features & 2) === 0) {
    add(
      'features',
      'features',
      'decision',
      `The features are ${hex32(value.features)}: bit 1, which is always set, is clear.`,
    );
  } else if (value.features !== 2) {
    const extra = value.features & ~3;
    const parts = [
      ...(value.features & 1 ? ['the disk is marked as temporary'] : []),
      ...(extra ? [`bits without a meaning are set (${hex32(extra)})`] : []),
    ];
    add('features', 'features', 'cosmetic', `The features are ${hex32(value.features)}: ${parts.join(', and ')}.`, {
      severity: 'info',
    });
  }

  if (value.fileFormatVersion !== VERSION_1_0) {
    const text = `The file format version is ${version(value.fileFormatVersion)}; only 1.0 is known.`;
    if (value.fileFormatVersion >>> 16 === 1) {
      add(
        'version',
        'fileFormatVersion',
        'decision',
        `${text} The minor number alone promises that readers of 1.0 still fit.`,
        { severity: 'warning' },
      );
    } else {
      add('version', 'fileFormatVersion', 'decision', `${text} A reader must refuse another major version.`);
    }
  }

  if (value.diskType === TYPE_FIXED && value.dataOffset !== NO_OFFSET && value.dataOffset !== NO_OFFSET_32) {
    add(
      'data-offset',
      'dataOffset',
      'decision',
      `The disk type is fixed, but the data offset is ${formatOffset(value.dataOffset)} and not all ones.`,
      { severity: 'warning' },
    );
  }

  const now = msToVhdTime(context.now);
  if (value.timeStamp > now + CLOCK_TOLERANCE) {
    add(
      'timestamp-future',
      'timeStamp',
      'cosmetic',
      `It says it was created at ${vhdTimeToIso(value.timeStamp)}, which is still to come.`,
    );
  }

  if (printable(value.creatorApplication) === 'tap' && value.creatorVersion > TAP_NEWEST) {
    add(
      'creator-version',
      'creatorVersion',
      'cosmetic',
      `tapdisk's version is ${version(value.creatorVersion)}; the newest known is 1.3. vhd-util refuses newer ones.`,
    );
  }

  geometryFault(value, add);

  if (kindOf(value.diskType) === null) {
    add(
      'disk-type',
      'diskType',
      'decision',
      `The disk type is ${value.diskType} (${diskTypeName(value.diskType)}), none of fixed (2), dynamic (3) and differencing (4).`,
    );
  }

  if (value.savedState === 1) {
    add(
      'saved-state',
      'savedState',
      'decision',
      'The machine was suspended with this disk: writing to it, or discarding the state, loses what the machine held in memory.',
    );
  } else if (value.savedState > 1) {
    add('saved-state', 'savedState', 'cosmetic', `Saved state is ${value.savedState}; only 0 and 1 have a meaning.`);
  }
  if (value.hidden > 1) {
    add(
      'hidden',
      'hidden',
      'cosmetic',
      `Hidden is ${value.hidden}; only 0 and 1 have a meaning. XenServer's tools refuse the image.`,
    );
  }

  const used = usedExtent(value.reserved);
  if (used) {
    const place = footer.field('reserved').offset + used.offset;
    add(
      'reserved',
      'reserved',
      'cosmetic',
      `Reserved bytes are not zero: ${used.length === 1 ? `byte ${place} is 0x${(bytes[place] ?? 0).toString(16).padStart(2, '0')}` : `between bytes ${place} and ${place + used.length - 1}`} of the footer.`,
      { offset: place, length: used.length },
    );
  }

  if (value.uniqueId === NIL_UUID) {
    add(
      'uuid-nil',
      'uniqueId',
      'no-loss',
      'The unique id is nil, so no child can name this image as its parent by it.',
      { repairs: ['uuid-new'] },
    );
  }

  if (value.currentSize === 0n) {
    add(
      'size-zero',
      'currentSize',
      'decision',
      `The current size is 0: the disk is empty by its own word${value.originalSize > 0n ? `, though it was made with ${formatBytes(value.originalSize)}` : ''}. Tools that trim a file to its size destroy it.`,
    );
  } else if (value.currentSize > BigInt(Number.MAX_SAFE_INTEGER)) {
    add(
      'size-absurd',
      'currentSize',
      'decision',
      `The current size is ${formatBytes(value.currentSize)} (${value.currentSize.toString()} bytes), more than any table could map.`,
    );
  } else if (value.currentSize % BigInt(SECTOR) !== 0n) {
    const rest = value.currentSize % BigInt(SECTOR);
    add(
      'size-unaligned',
      'currentSize',
      'cosmetic',
      `The current size, ${value.currentSize.toString()} bytes, is no whole number of sectors: the guest's disk ends ${rest.toString()} bytes before.`,
    );
  }
  return faults;
}

function geometryFault(
  { diskGeometry, currentSize }: Footer,
  add: (rule: 'geometry', field: 'diskGeometry', prognosis: Prognosis, message: string) => void,
): void {
  if (currentSize === 0n || currentSize > BigInt(Number.MAX_SAFE_INTEGER)) return;
  const { cylinders, heads, sectors } = diskGeometry;
  const text = `${cylinders}/${heads}/${sectors}`;
  if (cylinders === 0 || heads === 0 || sectors === 0) {
    add(
      'geometry',
      'diskGeometry',
      'cosmetic',
      `The geometry ${text} holds nothing: a reader that goes by it sees an empty disk.`,
    );
    return;
  }
  const held = geometryBytes(diskGeometry);
  if (held <= Number(currentSize)) return;
  const right = geometryFor(Number(currentSize));
  add(
    'geometry',
    'diskGeometry',
    'cosmetic',
    `The geometry ${text} holds ${formatBytes(held)}, more than the disk's ${formatBytes(currentSize)}; by the specification it would be ${right.cylinders}/${right.heads}/${right.sectors}. Only old guests look at it.`,
  );
}

/** Creators whose images are read by their current size everywhere; qemu takes the geometry for all others. */
const SIZE_READERS = new Set(['win', 'tap', 'qem2', 'CTXS', 'd2v ']);

/** How many bytes readers that go by the geometry do not see; 0 when none do, or when they see all. */
export function unseenByGeometry({ diskGeometry, currentSize, creatorApplication }: Footer): number {
  if (currentSize > BigInt(Number.MAX_SAFE_INTEGER)) return 0;
  const creator = creatorApplication === 'd2v ' ? creatorApplication : printable(creatorApplication);
  // the largest geometry there is means "look at the size", to every reader
  const largest = diskGeometry.cylinders === 65535 && diskGeometry.heads === 16 && diskGeometry.sectors === 255;
  const held = geometryBytes(diskGeometry);
  if (SIZE_READERS.has(creator) || largest || held === 0) return 0;
  return Math.max(0, Number(currentSize) - held);
}

export function unseenMessage(value: Footer, unseen: number): string {
  return `The geometry holds ${formatCount(unseen)} bytes less than the current size: readers that go by it, as QEMU does for images of this creator, cut the disk's end off (${formatBytes(geometryBytes(value.diskGeometry))} of ${formatBytes(value.currentSize)}).`;
}

function version(value: number): string {
  return `${value >>> 16}.${value & 0xffff}`;
}

function hex32(value: number): string {
  return `0x${(value >>> 0).toString(16).padStart(8, '0')}`;
}
