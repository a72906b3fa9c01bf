import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkFiles } from '../../core/chain/check.ts';
import { nodeFiles } from '../../core/io/node/files.ts';
import { zeroFooter } from '../../core/testing/damage.ts';
import { base, open, Place, pattern, run, STILL } from './testing/place.ts';

describe('a repaired copy beside its image', () => {
  let place: Place;
  beforeEach(async () => {
    place = await Place.make();
  });
  afterEach(() => place.remove());

  it('is told of as what it is, without alarm; the command line still warns', async () => {
    await place.put('disk.vhd', zeroFooter(base(1, [pattern(0)]), 'end'));
    const services = place.services();
    await open(services, [place.evidence]);
    const { planId } = await services.handlers['repair.plan']({ path: place.at('disk.vhd'), strategies: null }, STILL);
    const output = place.at('disk.repaired.vhd');
    await run(services, 'repair.apply', { planId, target: { kind: 'copy', output }, acceptLoss: false });

    const { rows, problems } = await services.handlers['chains.snapshot']({}, STILL);
    expect(rows.map(({ name, errors, warnings }) => [name, errors, warnings])).toEqual([
      ['disk.repaired.vhd', 0, 0],
      ['disk.vhd', 1, 0],
    ]);
    expect(problems.map(({ code }) => code)).toEqual(['known-copy', 'known-copy']);
    const { findings } = await services.handlers['image.detail']({ path: output }, STILL);
    const twin = findings.find(({ code }) => code === 'chain.duplicate-id');
    expect(twin).toMatchObject({ severity: 'info' });
    expect(twin?.message).toContain('Platter wrote this file');
    const checked = await checkFiles(nodeFiles, [place.at('disk.vhd'), output], { now: Date.now(), duplicates: true });
    expect(checked.flatMap((one) => one.findings.map(({ code }) => code))).toContain('chain.duplicate-id');
  });

  it('a third file of that id is a warning for all', async () => {
    await place.put('disk.vhd', zeroFooter(base(1, [pattern(0)]), 'end'));
    await place.put('stranger.vhd', base(1, [pattern(0)]));
    const services = place.services();
    await open(services, [place.evidence]);
    const { planId } = await services.handlers['repair.plan']({ path: place.at('disk.vhd'), strategies: null }, STILL);
    const output = place.at('disk.repaired.vhd');
    await run(services, 'repair.apply', { planId, target: { kind: 'copy', output }, acceptLoss: false });
    const { rows } = await services.handlers['chains.snapshot']({}, STILL);
    expect(rows.map(({ warnings }) => warnings)).toEqual([1, 1, 1]);
  });
});
