import type { PlanAnswer } from '../../app/contract/types.ts';
import type { RepairStrategy } from '../../core/findings/finding.ts';
import { buildVhd } from '../../core/formats/vhd/build/build.ts';
import { checkImage } from '../../core/formats/vhd/checks/image.ts';
import { readImage } from '../../core/image.ts';
import type { SparseImage } from '../../core/io/sparse.ts';
import type { Plan } from '../../core/plans/plan.ts';
import { planRepair } from '../../core/plans/vhd/repair.ts';
import { SparseSource } from '../../core/testing/sparse-source.ts';

const NOW = Date.UTC(2026, 0, 1);
export const IMAGE_PATH = '/sr/disk.vhd';

/** A dynamic disk of 24 MiB with two blocks that hold something. */
export function testDisk() {
  return buildVhd({
    kind: 'dynamic',
    virtualSize: 24 * 1024 * 1024,
    id: 'c54ad692-0ce2-4dad-aa3f-e84a7ff1b95e',
    timeStamp: 762_952_080,
    writes: [
      { sector: 12_305, count: 5, seed: 1 },
      { sector: 4100, count: 100, seed: 1 },
    ],
  });
}

/** The plan that the host would make. */
export async function planFor(image: SparseImage, strategies: RepairStrategy[] | null = null): Promise<Plan> {
  return planRepair({
    path: IMAGE_PATH,
    source: new SparseSource(image),
    stamp: { identity: '1:1', size: image.size, modifiedNs: '1700000000000000000', links: 1, kind: 'file' },
    surroundings: {
      children: [],
      parent: null,
      childHolds: () => Promise.resolve(null),
      now: NOW,
      newId: '11111111-2222-4333-8444-555555555555',
    },
    strategies,
    check: async (draft) => checkImage(await readImage(IMAGE_PATH, draft), { now: NOW, vhdName: true }),
    sha256: () => '0'.repeat(64),
  });
}

export async function answerFor(image: SparseImage, strategies: RepairStrategy[] | null = null): Promise<PlanAnswer> {
  const plan = await planFor(image, strategies);
  return { planId: `plan-${plan.strategies.join('-')}`, plan, suggestedOutput: '/sr/disk.repaired.vhd' };
}
