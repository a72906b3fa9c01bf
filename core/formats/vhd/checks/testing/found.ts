import type { Finding } from '../../../../findings/finding.ts';
import { readImage } from '../../../../image.ts';
import type { SparseImage } from '../../../../io/sparse.ts';
import { SparseSource } from '../../../../testing/sparse-source.ts';
import { buildVhd } from '../../build/build.ts';
import type { BuiltVhd, VhdSpec } from '../../build/spec.ts';
import { deepCheck } from '../deep.ts';
import { checkImage } from '../image.ts';
import { seeThrough } from '../through.ts';

export const MIB = 1024 * 1024;
/** The time at which the tests' images are checked. */
export const NOW = Date.UTC(2026, 0, 1);

/** Three allocated blocks: 1 full, 2 with gaps, and the last one, which the disk's end cuts to three sectors. */
export const COMMON = {
  virtualSize: 24 * MIB + 1536,
  id: 'c54ad692-0ce2-4dad-aa3f-e84a7ff1b95e',
  timeStamp: 762_952_080,
  writes: [
    { sector: 8192, count: 5, seed: 2 },
    { sector: 9215, count: 64, seed: 3 },
    { sector: 4096, count: 4096, seed: 1 },
    { sector: 49152, count: 2, seed: 4 },
  ],
} as const satisfies Partial<VhdSpec>;

export const PARENT = { id: 'aaaad692-0ce2-4dad-aa3f-e84a7ff1b95e', name: 'base.vhd', timeStamp: 762_952_080 };

export function dynamic(spec: Partial<VhdSpec> = {}): BuiltVhd {
  return buildVhd({ kind: 'dynamic', ...COMMON, ...spec });
}

export function child(spec: Partial<VhdSpec> = {}): BuiltVhd {
  return buildVhd({ kind: 'differencing', ...COMMON, parent: PARENT, ...spec });
}

export function fixed(spec: Partial<VhdSpec> = {}): BuiltVhd {
  return buildVhd({ kind: 'fixed', ...COMMON, ...spec });
}

/** Everything that both levels find in an image. */
export async function found(image: SparseImage, { deep = true, name = 'disk.vhd' } = {}): Promise<Finding[]> {
  const opened = await readImage(`/images/${name}`, new SparseSource(image));
  const findings = await checkImage(opened, { now: NOW, vhdName: /\.a?vhd$/.test(name) });
  if (deep && opened.vhd) findings.push(...(await deepCheck(await seeThrough(opened.vhd))).findings);
  return findings;
}

/** A finding as one line: severity, code, place, field, what is lost. */
export function line({ severity, code, offset, length, field, lost }: Finding): string {
  const parts = [`${severity} ${code}`];
  if (offset !== null) parts.push(`at 0x${offset.toString(16)}+${length ?? '?'}`);
  if (field !== null) parts.push(field);
  if (lost.length > 0)
    parts.push(`lost ${lost.map((run) => `0x${run.offset.toString(16)}+0x${run.length.toString(16)}`).join(' ')}`);
  return parts.join(' ');
}

export async function lines(image: SparseImage, options?: Parameters<typeof found>[1]): Promise<string[]> {
  return (await found(image, options)).map(line);
}
