import { mkdir, rm, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { planRepairOf } from '../../app/services/operations/repair.ts';
import { applyInPlace } from '../../core/apply/apply.ts';
import type { ApplyEnvironment } from '../../core/apply/environment.ts';
import { buildVhd } from '../../core/formats/vhd/build/build.ts';
import { nodeWriteFiles } from '../../core/io/node/sink.ts';
import { writeSparse } from '../../core/io/node/sparse.ts';
import type { ByteSink, WriteFiles } from '../../core/io/sink.ts';
import type { SparseImage } from '../../core/io/sparse.ts';
import { flipBit, setBatEntry, zeroFooter } from '../../core/testing/damage.ts';

const MIB = 1024 ** 2;
const MADE = Date.UTC(2023, 2, 1, 9);

/** Damaged images, named after what can be done about them. */
export const DAMAGED = {
  /** Zeros where the footer belongs; the copy is good. */
  safe: 'disk-zeroed-footer.vhd',
  /** A table entry that points far past the end: its block is gone. */
  lossy: 'disk-lost-block.vhd',
  /** Its parent is nowhere. */
  hopeless: 'disk-orphan.vhd',
  /** Both footers damaged in different places: two writes put it right. */
  two: 'disk-both-footers.vhd',
  /** Nothing is wrong with it. */
  whole: 'disk-whole.vhd',
} as const;

export type DamagedName = keyof typeof DAMAGED;

function disk(number: number) {
  return buildVhd({
    kind: 'dynamic',
    virtualSize: 24 * MIB,
    id: `00000000-0000-4000-8000-${(0x100 + number).toString(16).padStart(12, '0')}`,
    timeStamp: 762_952_080,
    writes: [
      { sector: 4100, count: 100, seed: number },
      { sector: 12_305, count: 5, seed: number },
    ],
  });
}

function damaged(name: DamagedName): SparseImage {
  switch (name) {
    case 'safe':
      return zeroFooter(disk(1), 'end');
    case 'lossy':
      return setBatEntry(disk(2), 3, 0x0100_0000);
    case 'hopeless':
      return buildVhd({
        kind: 'differencing',
        virtualSize: 24 * MIB,
        id: '00000000-0000-4000-8000-000000000203',
        timeStamp: 762_952_080,
        parent: { id: '00000000-0000-4000-8000-0000000002ff', name: 'nowhere.vhd', timeStamp: 762_952_000 },
        writes: [],
      });
    case 'two': {
      const image = disk(4);
      return flipBit(flipBit(image, 50, 3), image.size - 512 + 20, 5);
    }
    case 'whole':
      return disk(5);
  }
}

/** Makes damaged images in a folder that is made, with a modification time of long ago; answers their paths. */
export async function damagedImages<N extends DamagedName>(folder: string, ...names: N[]): Promise<Record<N, string>> {
  await mkdir(folder, { recursive: true });
  const paths: Partial<Record<N, string>> = {};
  for (const name of names) {
    const path = join(folder, DAMAGED[name]);
    await writeSparse(path, damaged(name));
    await utimes(path, new Date(Date.UTC(2001, 0, 1)), new Date(MADE));
    paths[name] = path;
  }
  return paths as Record<N, string>;
}

/**
 * Repairs an image in place and dies after the first of its writes, as a killed program does: the journal is there, the image is
 * neither as it was nor as it should be, and the log has only the beginning.
 */
export async function interruptRepair(path: string, state: string): Promise<void> {
  const life = { writes: 0, over: false };
  const files = mortal(nodeWriteFiles, life);
  const env: ApplyEnvironment = { files, state };
  const plan = await planRepairOf(path, env, { strategies: null });
  const died = await applyInPlace(plan, env, { acceptLoss: false }).then(
    () => false,
    () => true,
  );
  if (!died || !life.over) throw new Error('the repair was not interrupted');
  // a killed program's locks are taken over; those of this one are not, as it lives on
  await rm(join(state, 'locks'), { recursive: true });
}

/** Files of a program that dies at the second write to an image. */
function mortal(files: WriteFiles, life: { writes: number; over: boolean }): WriteFiles {
  const dead = (): Promise<never> => Promise.reject(new Error('killed'));
  const sink = (real: ByteSink): ByteSink =>
    new Proxy(real, {
      get(target, name) {
        if (name === 'write')
          return (at: number, bytes: Uint8Array) => {
            life.writes += 1;
            if (life.writes > 1) life.over = true;
            return life.over ? dead() : target.write(at, bytes);
          };
        const value: unknown = Reflect.get(target, name);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
  return new Proxy(files, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== 'function') return value;
      if (name === 'openForWriting') return async (path: string) => sink(await target.openForWriting(path));
      return (...given: unknown[]) => (life.over ? dead() : (value.apply(target, given) as unknown));
    },
  });
}
