/** Cylinders, heads and sectors per track, as the footer holds them. */
export interface Geometry {
  cylinders: number;
  heads: number;
  sectors: number;
}

/** What the geometry says the disk holds, in bytes. */
export function geometryBytes({ cylinders, heads, sectors }: Geometry): number {
  return cylinders * heads * sectors * 512;
}

/**
 * The geometry the specification's appendix computes for a disk of `size` bytes. It holds at most 127.5 GiB and is never
 * larger than the disk, but often smaller.
 */
export function geometryFor(size: number): Geometry {
  const total = Math.min(Math.floor(size / 512), 65535 * 16 * 255);
  if (total >= 65535 * 16 * 63) return { cylinders: Math.floor(total / 255 / 16), heads: 16, sectors: 255 };
  let sectors = 17;
  let tracks = Math.floor(total / sectors);
  let heads = Math.max(4, Math.floor((tracks + 1023) / 1024));
  if (tracks >= heads * 1024 || heads > 16) {
    sectors = 31;
    heads = 16;
    tracks = Math.floor(total / sectors);
  }
  if (tracks >= heads * 1024) {
    sectors = 63;
    heads = 16;
    tracks = Math.floor(total / sectors);
  }
  return { cylinders: Math.floor(tracks / heads), heads, sectors };
}
