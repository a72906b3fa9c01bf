import type { ForeignFormat } from './formats/identify.ts';
import { identifyForeign } from './formats/identify.ts';
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
  const shows = showsVhd(vhd);
  const foreign = vhd.footer ? null : await identifyForeign(source, signal);
  if (shows && !(foreign && foreign.name !== 'text' && !vhd.header?.usable))
    return { path, source, format: 'vhd', vhd, foreign: null };
  if (foreign) return { path, source, format: foreign.format, vhd: null, foreign };
  return { path, source, format: hasVhdName(path) || source.size === 0 ? 'unknown' : 'raw', vhd: null, foreign: null };
}

/** Any sign of a VHD: a valid footer, a cookie at either end, or a dynamic header. */
function showsVhd({ footer, footers, header }: VhdImage): boolean {
  const cookie = [footers.end, footers.copy].some((sighting) => sighting && (sighting.cookieOk || sighting.poisoned));
  return footer !== null || cookie || (header?.cookieOk ?? false);
}
