import { countAllocated } from '../formats/vhd/bat.ts';
import { hasHiddenQuirk } from '../formats/vhd/footer.ts';
import type { DynamicHeader } from '../formats/vhd/layout.ts';
import type { Locator } from '../formats/vhd/locators.ts';
import type { VhdImage, VhdKind } from '../formats/vhd/read.ts';
import { dataEnd } from '../formats/vhd/read.ts';
import type { Image, ImageFormat } from '../image.ts';
import type { FileInfo } from '../io/files.ts';

/** What the chain trees need to know of an image: plain data, a few hundred bytes, so that thousands fit. */
export interface ImageSummary {
  path: string;
  name: string;
  /** Device and inode, as FileInfo has it. */
  identity: string;
  fileSize: number;
  /** Bytes the file system spends on the file. */
  diskBytes: number;
  /** File's modification time, milliseconds since 1970. */
  modified: number;
  format: ImageFormat;
  /** What a foreign file is: "a QCOW2 image". */
  foreign: string | null;
  vhd: VhdSummary | null;
  errors: number;
  warnings: number;
}

export interface VhdSummary {
  /** Null when no footer is valid or its type is none of the three. */
  kind: VhdKind | null;
  /** Null when no footer is valid. */
  id: string | null;
  virtualSize: number | null;
  blockSize: number | null;
  blocks: { total: number; allocated: number } | null;
  /** Bytes of guest data in allocated blocks; the whole disk for a fixed one. */
  allocatedBytes: number;
  dataEnd: number;
  hidden: boolean;
  savedState: boolean;
  /** Seconds since 2000, as stored. */
  created: number | null;
  parent: ParentReference | null;
}

/** How a child names its parent. */
export interface ParentReference {
  /** Nil for XenServer's raw parents. */
  id: string;
  /** The header's name; may be empty. */
  name: string;
  /** Parent's modification time as the child remembers it, seconds since 2000. */
  timestamp: number;
  locators: { number: number; code: string; text: string | null; at: number | null }[];
}

export function summarise(
  image: Image,
  info: FileInfo,
  name: string,
  counts = { errors: 0, warnings: 0 },
): ImageSummary {
  return {
    path: image.path,
    name,
    identity: info.identity,
    fileSize: info.size,
    diskBytes: info.diskBytes,
    modified: info.modified,
    format: image.format,
    foreign: image.foreign?.name ?? null,
    vhd: summariseVhd(image),
    ...counts,
  };
}

function summariseVhd({ vhd }: Image): VhdSummary | null {
  if (!vhd) return null;
  const { footer, header, kind, bat } = vhd;
  const value = footer?.value;
  const blockSize = header?.usable ? header.value.blockSize : null;
  const allocated = bat ? countAllocated(bat) : 0;
  const differencing = kind === 'differencing' && header?.usable;
  return {
    kind,
    id: value?.uniqueId ?? null,
    virtualSize: vhd.virtualSize,
    blockSize,
    blocks: bat ? { total: vhd.blocks, allocated } : null,
    allocatedBytes: kind === 'fixed' ? (vhd.virtualSize ?? 0) : allocated * (blockSize ?? 0),
    dataEnd: dataEnd(vhd),
    hidden: isHidden(vhd),
    savedState: (value?.savedState ?? 0) !== 0,
    created: value?.timeStamp ?? null,
    parent: differencing ? parentReference(header.value, vhd.locators) : null,
  };
}

/** What a child's header says of its parent. */
export function parentReference(header: DynamicHeader, locators: readonly Locator[]): ParentReference {
  return {
    id: header.parentUniqueId,
    name: header.parentUnicodeName,
    timestamp: header.parentTimeStamp,
    locators: locators.map(({ number, code, text, at }) => ({ number, code, text, at })),
  };
}

/**
 * XenServer's hidden mark. Early tapdisk (0.1 and 1.1) set it in the copy at 0 first, without a new checksum: there the copy
 * holds the truth.
 */
function isHidden({ footer, footers: { copy } }: VhdImage): boolean {
  const told = copy?.valid && footer && hasHiddenQuirk({ ...copy.value, hidden: 1 }) ? copy : footer;
  return (told?.value.hidden ?? 0) !== 0;
}
