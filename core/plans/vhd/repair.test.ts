import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { GuestDisk } from '../../chain/guest.ts';
import { layerOf } from '../../chain/layer.ts';
import { isHealthy, type RepairStrategy } from '../../findings/finding.ts';
import { buildVhd } from '../../formats/vhd/build/build.ts';
import { checkImage } from '../../formats/vhd/checks/image.ts';
import { UNALLOCATED } from '../../formats/vhd/constants.ts';
import { readImage } from '../../image.ts';
import type { ByteSource } from '../../io/source.ts';
import { readSparse, type SparseImage } from '../../io/sparse.ts';
import { fromHex } from '../../structure/codecs.ts';
import { append, cut, flipBit, setBatEntry } from '../../testing/damage.ts';
import { CHILD_DEFECTS, DEFECTS, type Defect, type DefectName, FIXED_DEFECTS } from '../../testing/defects.ts';
import { random } from '../../testing/random.ts';
import { SparseSource } from '../../testing/sparse-source.ts';
import { Draft } from '../draft.ts';
import { needsAcceptLoss, type Plan } from '../plan.ts';
import { planRepair } from './repair.ts';
import type { Surroundings } from './strategy.ts';

const NOW = Date.UTC(2026, 0, 1);
const PARENT_ID = '671166df-c1dc-4b5e-a2f8-7722a59a2996';
const common = {
  virtualSize: 24 * 1024 * 1024,
  id: 'c54ad692-0ce2-4dad-aa3f-e84a7ff1b95e',
  timeStamp: 762_952_080,
  writes: [
    { sector: 12_305, count: 5, seed: 1 },
    { sector: 4100, count: 100, seed: 1 },
  ],
};
const dynamic = buildVhd({ kind: 'dynamic', ...common });
const fixed = buildVhd({ kind: 'fixed', ...common, virtualSize: 8 * 1024 * 1024 });
const child = buildVhd({
  kind: 'differencing',
  ...common,
  parent: { id: PARENT_ID, name: 'base.vhd', timeStamp: 762_952_020 },
});

const alone: Surroundings = {
  children: [],
  parent: null,
  childHolds: () => Promise.resolve(null),
  now: NOW,
  newId: '11111111-2222-4333-8444-555555555555',
};

async function plan(
  image: SparseImage,
  strategies: RepairStrategy[] | null = null,
  surroundings = alone,
): Promise<Plan> {
  return planRepair({
    path: '/sr/disk.vhd',
    source: new SparseSource(image),
    stamp: { identity: '1:1', size: image.size, modifiedNs: '1', links: 1, kind: 'file' },
    surroundings,
    strategies,
    check: async (draft) => checkImage(await readImage('/sr/disk.vhd', draft), { now: NOW, vhdName: true }),
    sha256: (bytes) => createHash('sha256').update(bytes).digest('hex'),
  });
}

/** The file as the plan's steps leave it. */
async function applied(image: SparseImage, { steps }: Plan): Promise<ByteSource> {
  const draft = new Draft(new SparseSource(image));
  for (const step of steps) {
    if (step.action === 'write') await draft.write(step.offset, fromHex(step.after ?? ''), { why: step.why });
    if (step.action === 'truncate') draft.truncate(step.offset, { why: step.why });
  }
  return draft;
}

/** SHA-256 of what the image itself gives the guest; a parent's stretches count as a mark of their own. */
async function content(source: ByteSource): Promise<string> {
  const disk = new GuestDisk([layerOf(await readImage('/sr/disk.vhd', source))], true);
  const hash = createHash('sha256');
  for (const run of await disk.map(0, disk.size)) {
    hash.update(`${run.state} ${run.at} ${run.length};`);
    if (run.state === 'data') hash.update(await disk.read(run.at, run.length));
  }
  return hash.digest('hex');
}

/** Damage that costs nothing: the strategies that put it right, and the content is the recorded one. */
const RESTORED: Partial<Record<DefectName, RepairStrategy[]>> = {
  'footer-zeroed': ['footer-from-copy'],
  'footer-guest-log': ['footer-from-copy'],
  'footer-guest-registry': ['footer-from-copy'],
  'footer-guest-utf16': ['footer-from-copy'],
  'footer-missing': ['footer-from-copy'],
  'footer-short': ['realign'],
  'footer-truncated-37': ['footer-from-copy'],
  'footer-truncated-300': ['footer-from-copy'],
  'footer-shifted-37': ['realign'],
  'footer-shifted-256': ['realign'],
  'junk-after-footer-1': ['trim-trailing'],
  'junk-after-footer-511': ['trim-trailing'],
  'zeros-after-footer-512': ['trim-trailing'],
  'footer-bitflip-cookie': ['footer-from-copy'],
  'footer-bitflip-checksum': ['footer-from-copy'],
  'footer-bitflip-id': ['footer-from-copy'],
  'copy-zeroed': ['footer-copy-from-footer'],
  'copy-bitflip': ['footer-copy-from-footer'],
  'copy-guest-data': ['footer-copy-from-footer'],
  'both-footers-bitflip': ['footer-vote', 'footer-from-copy'],
  'footers-differ': ['footer-copy-from-footer'],
  'header-checksum': ['header-recompute'],
  'header-bitflip': ['header-recompute'],
  'header-cookie': ['header-recompute'],
  'batmap-checksum': ['batmap-rebuild'],
  'batmap-cookie': ['batmap-rebuild'],
  'batmap-unallocated-full': ['batmap-rebuild'],
  'last-block-truncated': ['footer-from-copy'],
  'last-block-short': ['bat-drop-entry'],
  'crash-append-no-bat': ['footer-from-copy'],
  'data-offset-bad': ['footer-synthesise'],
  'id-nil': ['uuid-new'],
  'table-past-eof': ['header-rebuild'],
  'table-unaligned': ['header-rebuild'],
  'table-in-header': ['header-rebuild'],
};

/** Only a base: what a child may lose shows its parent's older data, or the parent's name is gone. */
const RESTORED_BASE: Partial<Record<DefectName, RepairStrategy[]>> = {
  ...RESTORED,
  'header-zeroed': ['header-rebuild'],
};

/** A person has to decide, or nothing can be done: no plan, and a reason. */
const REFUSED: DefectName[] = [
  'footers-differ-in-size',
  'header-version',
  'bat-over-footer',
  'bat-overlap-same',
  'bat-overlap-partial',
  'bat-truncated',
  'headers-only',
  'type-deprecated',
  'type-unknown',
  'type-fixed-lie',
  'file-format-version',
  'features-no-reserved',
  'size-zero',
  'size-absurd',
];

describe('damage that costs nothing', () => {
  const cases = [
    ...Object.entries(RESTORED_BASE).map(([name, ids]) => ['dynamic', name, dynamic, ids] as const),
    ...Object.entries(RESTORED)
      .filter(([name]) => name !== 'last-block-short')
      .map(([name, ids]) => ['child', name, child, ids] as const),
  ];
  it.each(cases)(
    '%s %s: the recorded content comes back, and nothing is left to complain of',
    async (_, name, image, ids) => {
      const damaged = DEFECTS[name as DefectName](image);
      const planned = await plan(damaged);
      expect(planned.strategies).toEqual(ids);
      expect(needsAcceptLoss(planned)).toBe(false);
      const after = await applied(damaged, planned);
      expect(await content(after)).toBe(await content(new SparseSource(image)));
      expect(planned.findingsAfter.filter(({ severity }) => severity !== 'info')).toEqual([]);
    },
  );

  it('the repaired file is the one from before the damage, byte for byte', async () => {
    for (const name of [
      'footer-zeroed',
      'footer-missing',
      'footer-shifted-37',
      'junk-after-footer-511',
      'copy-guest-data',
      'both-footers-bitflip',
      'header-bitflip',
      'header-zeroed',
      'batmap-cookie',
      'crash-append-no-bat',
    ] as const) {
      const damaged = DEFECTS[name](dynamic);
      const after = await applied(damaged, await plan(damaged));
      expect(after.size, name).toBe(dynamic.size);
      expect(Buffer.compare(await after.read(0, after.size), readSparse(dynamic, 0, dynamic.size)), name).toBe(0);
    }
  });

  it('keeps the modification time, which children compare', async () => {
    const { steps } = await plan(DEFECTS['footer-zeroed'](dynamic));
    expect(steps.at(-1)).toMatchObject({ action: 'times', modifiedNs: '1' });
  });

  it('never lays the footer over a block that runs to the end of the file', async () => {
    const full = buildVhd({ kind: 'dynamic', ...common, writes: [{ sector: 4096, count: 4096, seed: 3 }] });
    const damaged = DEFECTS['footer-missing'](full);
    const planned = await plan(damaged);
    expect(planned.steps[0]).toMatchObject({ offset: damaged.size, before: '' });
    expect(await content(await applied(damaged, planned))).toBe(await content(new SparseSource(full)));
  });

  it.each(Object.keys(FIXED_DEFECTS).slice(0, 2))('%s: the fixed disk keeps its content', async (name) => {
    const damaged = FIXED_DEFECTS[name as 'fixed-footer-zeroed'](fixed);
    const planned = await plan(damaged);
    expect(planned.strategies).toEqual(['footer-fixed-synthesise']);
    expect(await content(await applied(damaged, planned))).toBe(await content(new SparseSource(fixed)));
    expect(isHealthy(planned.findingsAfter)).toBe(true);
  });
});

describe('a child’s header with a bad checksum', () => {
  const at = child.places.headerAt ?? 0;
  const otherId = 'c54ad692-0ce2-4dad-aa3f-e84a7ff1b95f';
  const parentOf = (id: string, verdict: 'ok' | 'id-mismatch'): Surroundings => ({
    ...alone,
    parent: {
      summary: { name: 'base.vhd', vhd: { id } } as NonNullable<Surroundings['parent']>['summary'],
      verdict,
      relativePath: 'base.vhd',
      absolutePath: '/sr/base.vhd',
    },
  });

  it('the parent that was found proves that its id was damaged', async () => {
    const damaged = flipBit(child, at + 40);
    const planned = await plan(damaged, null, parentOf(PARENT_ID, 'id-mismatch'));
    expect(planned.strategies).toEqual(['header-recompute']);
    const after = await applied(damaged, planned);
    expect(Buffer.compare(await after.read(0, after.size), readSparse(child, 0, child.size))).toBe(0);
  });

  it('where the parent’s id fits neither, no sum is made for the wrong one', async () => {
    const damaged = flipBit(child, at + 40);
    const planned = await plan(damaged, null, parentOf(otherId, 'id-mismatch'));
    expect(planned.steps).toEqual([]);
    expect(planned.refusals.join()).toContain('does not prove which is right');
  });

  it('its locators prove that the parent’s name was damaged', async () => {
    const damaged = flipBit(child, at + 65);
    const planned = await plan(damaged);
    const after = await applied(damaged, planned);
    expect(Buffer.compare(await after.read(0, after.size), readSparse(child, 0, child.size))).toBe(0);
  });
});

describe('a batmap that is the only witness', () => {
  it('is kept where the table seems to have lost the entry of a full block', async () => {
    const full = buildVhd({ kind: 'dynamic', ...common, writes: [{ sector: 4096, count: 4096, seed: 3 }] });
    const planned = await plan(setBatEntry(full, 1, UNALLOCATED));
    expect(planned.findingsBefore.map(({ code }) => code)).toContain('batmap.unallocated-full');
    expect(planned.steps).toEqual([]);
    expect(planned.refusals.join()).toContain('the only witness');
    expect((await plan(setBatEntry(full, 1, UNALLOCATED), ['batmap-rebuild'])).steps).not.toEqual([]);
  });

  it('is not made anew for blocks that are cut off', async () => {
    const damaged = cut(child, (child.places.batmapAt ?? 0) + 512);
    expect((await plan(damaged)).strategies).not.toContain('batmap-rebuild');
  });
});

describe('a fixed disk with junk behind its footer', () => {
  it.each([3 * 1024 * 1024, 3 * 1024 * 1024 + 7])(
    '%i bytes of it are cut, and no second footer is made',
    async (length) => {
      for (const junk of [append(fixed, length), append(fixed, random(5).bytes(length))]) {
        const planned = await plan(junk);
        expect(planned.strategies).toEqual(['trim-trailing']);
        expect((await applied(junk, planned)).size).toBe(fixed.size);
      }
    },
  );
});

describe('damage that costs something', () => {
  const block = { offset: 3 * 2 * 1024 * 1024, length: 2 * 1024 * 1024 };

  it.each(['bat-past-eof', 'bat-in-metadata', 'bat-zero'] as const)('%s: says which range is lost', async (name) => {
    const planned = await plan(DEFECTS[name](dynamic));
    expect(planned.strategies).toEqual(['bat-drop-entry']);
    expect(planned.lost).toEqual([block]);
    expect(needsAcceptLoss(planned)).toBe(true);
    expect(planned.steps.some(({ action }) => action === 'times')).toBe(false);
  });

  it('a block cut short loses the sectors that were in use, and keeps the others', async () => {
    const full = buildVhd({ kind: 'dynamic', ...common, writes: [{ sector: 4096, count: 4096, seed: 3 }] });
    const damaged = DEFECTS['last-block-truncated'](full);
    const planned = await plan(damaged);
    const kept = 64 * 1024;
    expect(planned.strategies).toEqual(['bat-drop-entry', 'footer-from-copy']);
    expect(planned.lost).toEqual([{ offset: 2 * 1024 * 1024 + kept, length: 2 * 1024 * 1024 - kept }]);
    const disk = new GuestDisk([layerOf(await readImage('/sr/disk.vhd', await applied(damaged, planned)))], false);
    const before = new GuestDisk([layerOf(await readImage('/sr/disk.vhd', new SparseSource(full)))], false);
    expect(await disk.read(2 * 1024 * 1024, kept)).toEqual(await before.read(2 * 1024 * 1024, kept));
    expect((await disk.map(2 * 1024 * 1024 + kept, 512))[0]?.state).toBe('zero');
  });

  it('costs nothing when a child holds every sector itself', async () => {
    const holds: Surroundings = {
      ...alone,
      childHolds: (ranges) => Promise.resolve(ranges.length > 0 ? 'child.vhd' : null),
    };
    const planned = await plan(DEFECTS['bat-past-eof'](dynamic), null, holds);
    expect(needsAcceptLoss(planned)).toBe(false);
    expect(planned.risks.join()).toContain('child.vhd holds every sector');
  });

  it('in a child nothing is given up without being asked for: the parent’s older data would show', async () => {
    const damaged = DEFECTS['bat-past-eof'](child);
    expect((await plan(damaged)).steps).toEqual([]);
    const asked = await plan(damaged, ['bat-drop-entry']);
    expect(asked.lost).toEqual([block]);
    expect(asked.risks.join()).toContain('older data');
  });

  it('a made-up footer is a guess that has to be accepted; children make it a better one', async () => {
    const damaged = DEFECTS['both-footers-zeroed'](dynamic);
    const planned = await plan(damaged);
    expect(planned.strategies).toEqual(['footer-synthesise']);
    expect(needsAcceptLoss(planned)).toBe(true);
    expect(await content(await applied(damaged, planned))).toBe(await content(new SparseSource(dynamic)));
  });

  it('a carved table is a draft for a new file only', async () => {
    const planned = await plan(DEFECTS['block-unreferenced'](dynamic), ['bat-carve']);
    expect(planned).toMatchObject({ draftOnly: true, lossy: true });
    expect(planned.steps).toHaveLength(1);
  });
});

describe('damage that is not repaired', () => {
  it.each(REFUSED)('%s: nothing is planned, and the reason is said', async (name) => {
    const planned = await plan(DEFECTS[name](dynamic));
    expect(planned.steps).toEqual([]);
    expect(planned.refusals.join(' ').length).toBeGreaterThan(20);
  });

  it('a child’s header that is gone cannot be made up: it named the parent', async () => {
    const planned = await plan(DEFECTS['header-zeroed'](child));
    expect(planned.steps).toEqual([]);
    expect(planned.refusals.join()).toContain('named the parent');
  });

  it('a new id would orphan children, so it is made only when asked for', async () => {
    const damaged = DEFECTS['id-nil'](dynamic);
    const name = 'snap.vhd';
    const surroundings = { ...alone, children: [{ name } as Surroundings['children'][number]] };
    const refused = await plan(damaged, null, surroundings);
    expect(refused.steps).toEqual([]);
    expect(refused.refusals.join()).toContain(name);
    expect((await plan(damaged, ['uuid-new'], surroundings)).risks.join()).toContain(name);
  });

  it('random bytes are not dressed up as a disk', async () => {
    const bytes = random(7).bytes(1024 * 1024);
    expect((await plan({ size: bytes.length, extents: [{ at: 0, bytes }] })).steps).toEqual([]);
  });
});

describe('a healthy image', () => {
  it.each([
    ['dynamic', dynamic],
    ['child', child],
    ['fixed', fixed],
  ])('%s: there is nothing to do and nothing to refuse', async (_, image) => {
    expect(await plan(image)).toMatchObject({ steps: [], refusals: [], strategies: [] });
  });
});

describe('locators', () => {
  const parent: NonNullable<Surroundings['parent']> = {
    summary: { name: 'base.vhd', path: '/elsewhere/base.vhd' } as NonNullable<Surroundings['parent']>['summary'],
    verdict: 'moved',
    relativePath: '../elsewhere/base.vhd',
    absolutePath: '/elsewhere/base.vhd',
  };
  const found = { ...alone, parent };

  it.each(Object.keys(CHILD_DEFECTS).filter((name) => name.startsWith('locator') && !name.includes('none')))(
    '%s: written anew for the parent that was found',
    async (name) => {
      const damaged = (CHILD_DEFECTS as Record<string, Defect>)[name]?.(child) ?? child;
      const planned = await plan(damaged, ['locator-rewrite'], found);
      const after = await readImage('/sr/disk.vhd', await applied(damaged, planned));
      expect(after.vhd?.locators.map(({ code, text }) => [code, text])).toEqual([
        ['MacX', 'file://./../elsewhere/base.vhd'],
        ['W2ku', '.\\..\\elsewhere\\base.vhd'],
        ['W2ru', '.\\..\\elsewhere\\base.vhd'],
      ]);
      expect(await content(after.source)).toBe(await content(new SparseSource(child)));
      expect(planned.findingsAfter.filter(({ severity }) => severity === 'error')).toEqual([]);
    },
  );

  it('relink names the parent where it is now', async () => {
    const planned = await plan(child, ['relink-parent'], found);
    const after = await readImage('/sr/disk.vhd', await applied(child, planned));
    expect(after.vhd?.header?.value.parentUnicodeName).toBe('base.vhd');
    expect(after.vhd?.header?.value.parentUniqueId).toBe(PARENT_ID);
    expect(after.vhd?.header?.checksumOk).toBe(true);
  });
});
