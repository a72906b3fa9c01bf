import { SECTOR } from '../constants.ts';

/**
 * Content that says where it belongs: each sector repeats the text `SEED:SECTOR|`, both in hex, 8 and 16 digits. A sector
 * that turns up in the wrong place, or from the wrong image, shows it.
 */
export function patternSectors(seed: number, sector: number, count: number): Uint8Array {
  const out = new Uint8Array(count * SECTOR);
  const head = `${seed.toString(16).padStart(8, '0')}:`;
  for (let i = 0; i < count; i += 1) {
    const text = `${head}${(sector + i).toString(16).padStart(16, '0')}|`;
    const at = i * SECTOR;
    for (let c = 0; c < text.length; c += 1) out[at + c] = text.charCodeAt(c);
    for (let done = text.length; done < SECTOR; done *= 2)
      out.copyWithin(at + done, at, at + Math.min(done, SECTOR - done));
  }
  return out;
}
