import { mkdir, readdir, readFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Input, Jobs, Result } from '../../contract/contract.ts';
import type { Services } from '../services.ts';
import { base, child, id, MIB, open, Place, pattern, run, STILL } from '../testing/place.ts';

const parent = { id: id(1), name: 'base.vhd' };

describe('coalesce, export and relink for pages', () => {
  let place: Place;
  let services: Services;
  beforeEach(async () => {
    place = await Place.make();
    services = place.services();
  });
  afterEach(() => place.remove());

  const ended = async <N extends Jobs>(name: N, input: Input<N>): Promise<Result<N>> =>
    (await run(services, name, input)).result as Result<N>;

  const guestHash = async (path: string): Promise<string | undefined> => {
    const target = { space: 'guest' as const, path };
    const input = { target, at: 0, length: null, algorithms: ['sha256' as const] };
    return (await ended('bytes.hash', input)).digests['sha256'];
  };

  it('names siblings, which shut the way in place only, and folds into a new file that reads the same', async () => {
    await place.put('base.vhd', base(1, [pattern(0, 64), pattern(4096)], { hidden: true }));
    await place.put('leaf.vhd', child(2, parent, [pattern(8), pattern(8192, 4)]));
    await place.put('other.vhd', child(3, parent, [pattern(16)]));
    await open(services, [place.evidence]);
    const leaf = place.at('leaf.vhd');
    const answer = await services.handlers['coalesce.plan']({ path: leaf, into: null }, STILL);
    expect(answer.folded.map(({ name }) => name)).toEqual(['leaf.vhd', 'base.vhd']);
    expect(answer.siblings.map(({ name }) => name)).toEqual(['other.vhd']);
    expect(answer.moved).toEqual({ bytes: 5 * 512, blocks: 2 });
    expect(answer.gates.filter(({ open: is }) => !is)).toMatchObject([{ id: 'siblings', only: 'in-place' }]);

    const before = [await guestHash(leaf), await guestHash(place.at('other.vhd'))];
    const inPlace = { kind: 'in-place' as const, relinkChildren: false, removeChild: false };
    await expect(ended('coalesce.run', { path: leaf, into: null, target: inPlace, prove: false })).rejects.toThrow(
      /sibling/,
    );
    const target = { kind: 'copy' as const, output: answer.suggestedOutput };
    const made = await ended('coalesce.run', { path: leaf, into: null, target, prove: false });
    expect(made.guestSha256After).toBe(before[0]);
    // the id is the child's, and nobody is alarmed: the log says where it comes from
    const { rows } = await services.handlers['chains.snapshot']({}, STILL);
    expect(rows.map(({ warnings }) => warnings)).toEqual([0, 0, 0, 0]);
    expect([await guestHash(answer.suggestedOutput), await guestHash(place.at('other.vhd'))]).toEqual(before);
    await run(services, 'operations.undo', { operation: made.operation });
    expect(await readdir(place.evidence)).not.toContain('leaf.folded.vhd');
  });

  it('folds in place down to any ancestor, and undo gives every byte back', async () => {
    await place.put('base.vhd', base(1, [pattern(0, 64)], { hidden: true }));
    await place.put('middle.vhd', child(2, parent, [pattern(8)], { hidden: true }));
    await place.put('leaf.vhd', child(3, { id: id(2), name: 'middle.vhd' }, [pattern(8192, 4)]));
    await open(services, [place.evidence]);
    const [leaf, into] = [place.at('leaf.vhd'), place.at('base.vhd')];
    const bytes = await readFile(into);
    const hash = await guestHash(leaf);
    const target = { kind: 'in-place' as const, relinkChildren: false, removeChild: false };
    const made = await ended('coalesce.run', { path: leaf, into, target, prove: false });
    expect(made.guestSha256After).toBe(hash);
    expect(await guestHash(into)).toBe(hash);
    await run(services, 'operations.undo', { operation: made.operation });
    expect((await readFile(into)).equals(bytes)).toBe(true);
  });

  it('moves the child into the journal when that is wanted, and undo brings it back', async () => {
    await place.put('base.vhd', base(1, [pattern(0, 64)], { hidden: true }));
    await place.put('leaf.vhd', child(2, parent, [pattern(8)]));
    await open(services, [place.evidence]);
    const leaf = place.at('leaf.vhd');
    const hash = await guestHash(leaf);
    const target = { kind: 'in-place' as const, relinkChildren: false, removeChild: true };
    const made = await ended('coalesce.run', { path: leaf, into: null, target, prove: false });
    const names = async (): Promise<string[]> =>
      (await services.handlers['chains.snapshot']({}, STILL)).rows.map(({ name }) => name);
    expect(await names()).toEqual(['base.vhd']);
    expect(await guestHash(place.at('base.vhd'))).toBe(hash);
    await run(services, 'operations.undo', { operation: made.operation });
    expect(await readdir(place.evidence)).toContain('leaf.vhd');
    expect(await names()).toEqual(['base.vhd', 'leaf.vhd']);
  });

  it('a coalesce that is cancelled leaves the files, and the case, as they were', async () => {
    // hashing 30 GiB of zeros takes long enough to be cancelled
    const size = { virtualSize: 30 * 1024 * MIB };
    await place.put('base.vhd', base(1, [pattern(0)], { hidden: true, ...size }));
    await place.put('leaf.vhd', child(2, parent, [pattern(8)], size));
    await open(services, [place.evidence]);
    const before = await readFile(place.at('base.vhd'));
    const target = { kind: 'in-place' as const, relinkChildren: false, removeChild: true };
    const job = services.jobs.start('coalesce.run', { path: place.at('leaf.vhd'), into: null, target, prove: false });
    const ended = services.jobs.result(job);
    services.jobs.cancel(job);
    await expect(ended).rejects.toMatchObject({ kind: 'cancelled' });
    expect((await readFile(place.at('base.vhd'))).equals(before)).toBe(true);
    const { rows } = await services.handlers['chains.snapshot']({}, STILL);
    expect(rows.map(({ name }) => name)).toEqual(['base.vhd', 'leaf.vhd']);
  });

  it('lists hidden parents of one child with gain and cost', async () => {
    await place.put('base.vhd', base(1, [pattern(0), pattern(4096)], { hidden: true }));
    await place.put('leaf.vhd', child(2, parent, [pattern(8), pattern(8192)]));
    await place.put('shared.vhd', base(4, [], { hidden: true }));
    for (const number of [5, 6])
      await place.put(`leaf-${number}.vhd`, child(number, { id: id(4), name: 'shared.vhd' }, []));
    await open(services, [place.evidence]);
    const job = services.jobs.start('coalesce.list', {});
    expect(await services.jobs.result(job)).toEqual({ pairs: 1 });
    const [row] = services.jobs.partials(job, 0) as { child: { name: string }; gain: number; cost: number }[];
    expect(row?.child.name).toBe('leaf.vhd');
    expect(row?.cost).toBe(4 * 1024 * 1024);
    // one of the two blocks hides one of the parent's
    expect(row?.gain).toBeGreaterThan(2 * 1024 * 1024);
    expect(row?.gain).toBeLessThan(3 * 1024 * 1024);
  });

  it('exports a chain, and holes only when asked', async () => {
    await place.put('base.vhd', base(1, [pattern(0, 64)]));
    await place.put('leaf.vhd', child(2, parent, [pattern(8)]));
    await place.put('orphan.vhd', child(3, { id: id(99), name: 'lost.vhd' }, [pattern(8)]));
    await open(services, [place.evidence]);
    const leaf = place.at('leaf.vhd');
    const how = { format: 'raw', flavour: 'xenserver', azure: false, hash: true } as const;
    const output = place.at('out.raw');
    const made = await ended('export.run', { path: leaf, output, holes: false, ...how });
    expect(made.guestSha256).toBe(await guestHash(leaf));
    const orphan = place.at('orphan.vhd');
    const plan = await services.handlers['export.plan']({ path: orphan }, STILL);
    expect(plan.incomplete).toContain('missing');
    expect(plan.dataBytes).toBe(512);
    expect(plan.holeBytes).toBe(plan.virtualSize - 512);
    const other = place.at('holes.raw');
    const input = { path: orphan, output: other, ...how };
    await expect(ended('export.run', { ...input, holes: false })).rejects.toThrow();
    expect(await ended('export.run', { ...input, holes: true })).toMatchObject({ holeBytes: plan.holeBytes });
  });

  it('relinks a child whose parent was moved; another id needs a reason, which the log keeps', async () => {
    await mkdir(place.at('moved'));
    await place.put('moved/base-renamed.vhd', base(1, [pattern(0)]));
    await place.put('wrong.vhd', base(7, [pattern(0)]));
    await place.put('leaf.vhd', child(2, parent, [pattern(8)]));
    await open(services, [place.evidence]);
    const leaf = place.at('leaf.vhd');
    const ask = { path: leaf, parent: null, search: [], output: null, reason: null };
    const found = await services.handlers['relink.plan'](ask, STILL);
    expect(found.candidates[0]).toMatchObject({ name: 'base-renamed.vhd', idMatches: true });
    expect(found.chosen).toBe(place.at('moved/base-renamed.vhd'));
    expect(found.plan.refusals).toEqual([]);

    const wrong = { ...ask, parent: place.at('wrong.vhd') };
    expect((await services.handlers['relink.plan'](wrong, STILL)).plan.refusals[0]).toContain('expects');
    const reason = 'restored from the backup of March';
    const forced = await services.handlers['relink.plan']({ ...wrong, reason }, STILL);
    expect(forced.plan.refusals).toEqual([]);
    const bytes = await readFile(leaf);
    const applied = await ended('repair.apply', {
      planId: forced.planId,
      target: { kind: 'in-place' },
      acceptLoss: false,
    });
    const { rows } = await services.handlers['chains.snapshot']({}, STILL);
    expect(rows.find(({ path }) => path === leaf)?.parent).toBe(place.at('wrong.vhd'));
    const { operations } = await services.handlers['operations.list']({ path: leaf }, STILL);
    expect(JSON.stringify(operations)).toContain(reason);
    await run(services, 'operations.undo', { operation: applied.operation });
    expect((await readFile(leaf)).equals(bytes)).toBe(true);
  });
});
