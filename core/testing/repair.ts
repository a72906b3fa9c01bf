import { createHash } from 'node:crypto';
import { GuestDisk } from '../chain/guest.ts';
import { layerOf } from '../chain/layer.ts';
import { checkImage } from '../formats/vhd/checks/image.ts';
import { readImage } from '../image.ts';
import type { ByteSource } from '../io/source.ts';
import type { SparseImage } from '../io/sparse.ts';
import { Draft } from '../plans/draft.ts';
import type { Plan } from '../plans/plan.ts';
import { planRepair } from '../plans/vhd/repair.ts';
import type { Surroundings } from '../plans/vhd/strategy.ts';
import { fromHex } from '../structure/codecs.ts';
import { SparseSource } from './sparse-source.ts';

const NOW = Date.UTC(2026, 0, 1);

/** The recommended repair of an image that stands alone, or under `parent`. */
export async function planOf(image: SparseImage, parent: Surroundings['parent'] = null): Promise<Plan> {
  return planRepair({
    path: '/sr/disk.vhd',
    source: new SparseSource(image),
    stamp: { identity: '1:1', size: image.size, modifiedNs: '1', links: 1, kind: 'file' },
    surroundings: {
      children: [],
      parent,
      childHolds: () => Promise.resolve(null),
      now: NOW,
      newId: '11111111-2222-4333-8444-555555555555',
    },
    strategies: null,
    check: async (draft) => checkImage(await readImage('/sr/disk.vhd', draft), { now: NOW, vhdName: true }),
    sha256: (bytes) => createHash('sha256').update(bytes).digest('hex'),
  });
}

/** The image with a plan's writes made. */
export async function repaired(image: SparseImage, { steps }: Plan): Promise<ByteSource> {
  const draft = new Draft(new SparseSource(image));
  for (const step of steps) {
    if (step.action === 'write') await draft.write(step.offset, fromHex(step.after ?? ''), { why: step.why });
    if (step.action === 'truncate') draft.truncate(step.offset, { why: step.why });
  }
  return draft;
}

/** SHA-256 of what the guest of an image without a parent sees. */
export async function guest(source: ByteSource): Promise<string> {
  const disk = new GuestDisk([layerOf(await readImage('/sr/disk.vhd', source))], false);
  return createHash('sha256')
    .update(await disk.read(0, disk.size))
    .digest('hex');
}
