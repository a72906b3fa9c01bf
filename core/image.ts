import type { ForeignFormat } from './formats/identify.ts';
import { identifyForeign } from './formats/identify.ts';
import { SECTOR } from './formats/vhd/constants.ts';
import { mendFixedFooter } from './formats/vhd/fixed-footer.ts';
import { readVhd, type VhdImage } from './formats/vhd/read.ts';
import type { ByteSource, Signal } from './io/source.ts';

export type ImageFormat = 'vhd' | 'raw' | 'vhdx' | 'qcow2' | 'vmdk' | 'iso' | 'unknown';

/** A file as the program understands it. */
export interface Image {
  /** Absolute path, or a dropped file's name. */
  path: string;
  source: ByteSource;
  format: ImageFormat;
  /** Metadata of a VHD; null for everything else. */
  vhd: VhdImage | null;
  /** What a foreign file is; null for VHDs and for what nothing is known of. */
  foreign: ForeignFormat | null;
}

/** Whether a name claims to be a VHD. */
export function hasVhdName(path: string): boolean {
  return /\.(vhd|avhd)$/i.test(path);
}

/**
 * Says what a file is by its content first and its name second: a VHD shows a footer, or a copy, or a dynamic header
 * somewhere it belongs, however damaged; a foreign format shows its signature; what is left is a raw disk, unless its
 * name claims it is a VHD.
 */
export async function readImage(path: string, source: ByteSource, signal?: Signal): Promise<Image> {
  const vhd = await readVhd(source, signal);
  const shows = showsVhd(path, vhd);
  const found = vhd.footer && shows ? null : await identifyForeign(source, signal);
  const foreign = found?.name === 'text' && !hasVhdName(path) && mayBeDisk(path, source.size) ? null : found;
  if (shows && !(foreign && foreign.name !== 'text' && !vhd.header?.usable))
    return { path, source, format: 'vhd', vhd, foreign: null };
  if (foreign) return { path, source, format: foreign.format, vhd: null, foreign };
  return { path, source, format: hasVhdName(path) || source.size === 0 ? 'unknown' : 'raw', vhd: null, foreign: null };
}

/** A raw disk may well start with text: one that is called a disk, or is large and whole sectors long, is no text file. */
function mayBeDisk(path: string, size: number): boolean {
  return /\.(raw|img|dd|bin|ima|dsk)$/i.test(path) || (size >= 64 * 1024 && size % SECTOR === 0);
}

/** Any sign of a VHD: a valid footer, a cookie at either end, or a dynamic header. */
function showsVhd(path: string, { footer, footers, header, kind }: VhdImage): boolean {
  const cookie = [footers.end, footers.copy].some((sighting) => sighting && (sighting.cookieOk || sighting.poisoned));
  if (cookie || header?.cookieOk || (footers.end && mendFixedFooter(footers.end))) return true;
  if (footer?.place !== 'elsewhere') return footer !== null;
  // near the end of a raw disk there may be a whole VHD, in the guest's files: its footer does not end this file's data
  return hasVhdName(path) || (kind === 'fixed' && footer.value.currentSize === BigInt(footer.at));
}
