import type { Layer } from '../../chain/layer.ts';
import { SECTOR } from '../../formats/vhd/constants.ts';
import { type Signal, throwIfAborted } from '../../io/source.ts';

/** Whether what a child holds looks as if it had been written over what a disk holds. */
export interface Plausibility {
  verdict: 'fits' | 'unclear' | 'does-not-fit';
  /** One sentence with the counts it rests on. */
  why: string;
}

/** Places that are looked at: enough to tell, few enough for a disk of any size. */
const SAMPLES = 128;
const STRIDE = 16 * 1024 * 1024;

/** What is looked at: an image of a chain, or a whole disk as if it were one. */
type Readable = Pick<Layer, 'size' | 'source' | 'runs'>;

/**
 * Compares the edges of what a child holds with the disk beneath: a guest that writes into a file system changes parts of
 * sectors that were in use, and its data goes on in the neighbours that it did not touch. Over a stranger's disk it mostly
 * stands beside zeros, and shares nothing with what it covers.
 */
export async function contentFits(child: Readable, parent: Readable, signal?: Signal): Promise<Plausibility> {
  let looked = 0;
  let joined = 0;
  let alike = 0;
  let strange = 0;
  const step = Math.max(STRIDE, Math.floor(child.size / SAMPLES / STRIDE) * STRIDE);
  for (let from = 0; from < child.size && looked < SAMPLES; from += step) {
    throwIfAborted(signal);
    for (const run of await child.runs(from, Math.min(STRIDE, child.size - from), signal)) {
      if (run.state !== 'own' || run.fileOffset === null || run.at + SECTOR > parent.size) continue;
      const mine = await child.source.read(run.fileOffset, SECTOR, signal);
      if (isZero(mine)) continue;
      const under = await sectorOf(parent, run.at, signal);
      const before = run.at >= SECTOR ? await sectorOf(parent, run.at - SECTOR, signal) : null;
      looked += 1;
      if (under && sharesBytes(mine, under)) alike += 1;
      else if (under && !isZero(under)) strange += 1;
      if (before && !isZero(before)) joined += 1;
      if (looked >= SAMPLES) break;
    }
  }
  const counts = `of ${looked} places looked at, ${alike} change what the parent holds there, ${joined} join on to its data, and ${strange} share nothing with it`;
  if (looked < 4) return { verdict: 'unclear', why: `Too little to go by: ${counts}.` };
  if (strange > looked / 2 && alike < strange / 4)
    return { verdict: 'does-not-fit', why: `It does not look so: ${counts}.` };
  if (alike + joined > looked / 2) return { verdict: 'fits', why: `It looks so: ${counts}.` };
  return { verdict: 'unclear', why: `It cannot be told: ${counts}.` };
}

async function sectorOf(layer: Readable, at: number, signal?: Signal): Promise<Uint8Array | null> {
  const [run] = await layer.runs(at, SECTOR, signal);
  if (run?.state !== 'own' || run.fileOffset === null || run.length < SECTOR) return null;
  return layer.source.read(run.fileOffset, SECTOR, signal);
}

function isZero(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0);
}

/** A quarter of the bytes that are not zero stand in the same place in both. */
function sharesBytes(a: Uint8Array, b: Uint8Array): boolean {
  let used = 0;
  let same = 0;
  for (let index = 0; index < a.length; index += 1) {
    if (a[index] === 0 && b[index] === 0) continue;
    used += 1;
    if (a[index] === b[index]) same += 1;
  }
  return same * 4 >= used;
}
