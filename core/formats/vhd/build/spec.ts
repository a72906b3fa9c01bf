import type { SparseImage } from '../../../io/sparse.ts';
import type { Geometry } from '../geometry.ts';
import type { VhdKind } from '../read.ts';

/** Which program claims to have made an image: three fields of the footer. */
export interface Creator {
  /** Four characters. */
  application: string;
  /** Major and minor, 16 bits each. */
  version: number;
  /** Four characters. */
  hostOs: string;
}

/** The creators that differ in more than their name: by them the defaults of a {@link VhdSpec} are chosen. */
export const CREATORS = {
  /** XenServer since 2010: batmap 1.2, data on 4 KiB. */
  tapdisk: { application: 'tap\0', version: 0x0001_0003, hostOs: '\0\0\0\0' },
  /** XenServer before: batmap 1.1, and `hidden` is set without a new checksum. */
  tapdisk11: { application: 'tap\0', version: 0x0001_0001, hostOs: '\0\0\0\0' },
  virtualPc: { application: 'vpc ', version: 0x0005_0003, hostOs: 'Wi2k' },
  hyperV: { application: 'win ', version: 0x0006_0001, hostOs: 'Wi2k' },
  qemu: { application: 'qem2', version: 0x0005_0003, hostOs: 'Wi2k' },
} as const satisfies Record<string, Creator>;

/**
 * What the guest wrote from `sector` on; later writes win. `bytes` fill whole sectors (the rest of the last one is zero);
 * `seed` makes {@link patternSectors}; `zeros` are sectors this image owns and that hold nothing.
 */
export type GuestWrite =
  | { sector: number; bytes: Uint8Array }
  | { sector: number; count: number; seed: number }
  | { sector: number; count: number; zeros: true };

/** One parent locator, written as given. */
export interface LocatorSpec {
  /** `MacX`, `W2ru`, `W2ku`, `Wi2r`, `Wi2k`, `Mac `, or anything else of four characters. */
  code: string;
  /** The path in the platform's own form, or the bytes to store. */
  text: string | Uint8Array;
  /** Unit of the entry's data space: bytes in most writers, sectors in the specification. */
  unit?: 'bytes' | 'sectors';
  /** Room in bytes; by default what the text needs in whole sectors. */
  space?: number;
}

export interface ParentSpec {
  /** The parent's id; nil for XenServer's raw parents. */
  id: string;
  /** The name kept in the header. */
  name: string;
  /** The parent's modification time in seconds since 2000. */
  timeStamp: number;
  /** In slot order, at most eight, null for an unused slot; by default the three that vhd-util writes for `./NAME`. */
  locators?: readonly (LocatorSpec | null)[];
}

/** XenServer's batmap; without it there is none, whatever the creator. */
export interface BatmapSpec {
  version: '1.1' | '1.2';
  marker?: number;
  /** Nonce and hash of 32 bytes each; the disk counts as encrypted. */
  keyHash?: { nonce: Uint8Array; hash: Uint8Array };
}

/** A VHD to build. Ids and times come from the caller, so that the same spec always gives the same bytes. */
export interface VhdSpec {
  kind: VhdKind;
  /** Bytes the guest sees; any number. */
  virtualSize: number;
  /** UUID. */
  id: string;
  /** Creation, in seconds since 2000. */
  timeStamp: number;
  /** Bytes the disk had when it was made; the virtual size by default. */
  originalSize?: number;
  /** {@link CREATORS}.tapdisk by default. */
  creator?: Creator;
  /** By the specification's appendix by default. */
  geometry?: Geometry;
  hidden?: boolean;
  savedState?: boolean;
  /** Ends the file with Virtual PC's footer of 511 bytes. */
  shortFooter?: boolean;
  writes?: readonly GuestWrite[];

  // dynamic and differencing only
  /** Needed by differencing disks. */
  parent?: ParentSpec;
  /** A power of two, 512 KiB to 256 MiB; 2 MiB by default. */
  blockSize?: number;
  /** Entries of the BAT; as many as the disk has blocks by default, more is room to grow. */
  tableEntries?: number;
  /** File offset of the dynamic header; 512 by default. */
  headerAt?: number;
  /** File offset of the BAT; straight after the header by default. */
  tableAt?: number;
  /** By default 1.2 for tapdisk from 1.2 on, 1.1 for tapdisk 1.1, none for all others. */
  batmap?: BatmapSpec | 'none';
  /** Bytes that each block's data starts on a multiple of, with its bitmap just before; 4096 for tapdisk, else 512. */
  dataAlign?: number;
  /** Blocks in the order they lie in the file, also ones without writes; the others follow in order of their first write. */
  blockOrder?: readonly number[];
}

/** File offsets of one allocated block. */
export interface BlockPlace {
  bitmapAt: number;
  dataAt: number;
}

/** Where a built image keeps what, in file offsets; null or empty for what it does not have. */
export interface VhdPlaces {
  copyAt: number | null;
  headerAt: number | null;
  tableAt: number | null;
  batmapAt: number | null;
  mapAt: number | null;
  /** Texts of the locators, by slot; null for an unused one. */
  locatorsAt: (number | null)[];
  /** By block number, in the order they lie in the file. */
  blocks: Map<number, BlockPlace>;
  footerAt: number;
}

export interface BuiltVhd extends SparseImage {
  places: VhdPlaces;
}
