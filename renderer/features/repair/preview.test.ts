import { describe, expect, it } from 'vitest';
import { append, cut, dropFooter, flipBit, overwrite, setBatEntry, zeroFooter } from '../../../core/testing/damage.ts';
import { planFor, testDisk } from '../../testing/plans.ts';
import { consequencesOf, lossLines, rangeText } from './consequences.ts';
import { amountsOf, headline, placeText, type StepView, stepViews } from './preview.ts';

const disk = testDisk();

async function viewsOf(image: Parameters<typeof planFor>[0]): Promise<StepView[]> {
  return stepViews(await planFor(image), disk.places.tableAt);
}

function firstWrite(views: readonly StepView[]): Extract<StepView, { kind: 'write' }> {
  const found = views.find((view) => view.kind === 'write');
  if (!found) throw new Error('nothing is written');
  return found;
}

describe('the preview of a plan', () => {
  it('shows a missing footer as bytes that are added, each field named', async () => {
    const views = await viewsOf(dropFooter(disk));
    const write = firstWrite(views);
    expect(write).toMatchObject({ title: 'Footer', at: disk.size - 512, added: 512, changed: 0 });
    expect(write.changes.find(({ name }) => name === 'cookie')).toMatchObject({ before: null, after: 'conectix' });
    expect(write.changes.find(({ name }) => name === 'checksum')?.note).toBe('right for these 512 bytes');
    expect(write.lines[0]).toMatchObject({ kind: 'row', side: 'after', at: disk.size - 512 });
    expect(write.lines.at(-1)).toMatchObject({
      kind: 'fold',
      side: 'after',
      note: expect.stringContaining('zero bytes'),
    });
    expect(headline(amountsOf(views))).toBe('512 bytes are added; none of the existing ones change');
  });

  it('shows zeros that become a footer: what was there first, then what comes', async () => {
    const write = firstWrite(await viewsOf(zeroFooter(disk, 'end')));
    expect(write.added).toBe(0);
    expect(write.lines[0]).toMatchObject({ kind: 'fold', side: 'before', length: expect.any(Number) });
    expect(write.lines[1]).toMatchObject({ kind: 'row', side: 'after', differ: null });
    expect(write.changes.every(({ before }) => before === null)).toBe(true);
  });

  it('names the one field that a flipped bit changed, and marks its byte', async () => {
    const views = await viewsOf(flipBit(disk, disk.size - 512 + 65));
    const write = firstWrite(views);
    expect(write.changes).toHaveLength(1);
    expect(write.changes[0]).toMatchObject({ name: 'checksum', before: expect.stringMatching(/^0x/) });
    const rows = write.lines.filter((line) => line.kind === 'row');
    expect(rows).toHaveLength(2);
    expect([...(rows[1]?.differ ?? [])]).toEqual([1]);
    expect(headline(amountsOf(views))).toBe('1 byte changes');
  });

  it('does not read as fields what only happens to stand where the footer belongs', async () => {
    const write = firstWrite(await viewsOf(overwrite(disk, disk.size - 512, 'the log of a guest; '.repeat(24))));
    expect(write.changes.length).toBeGreaterThan(3);
    expect(write.changes.every(({ before }) => before === null)).toBe(true);
  });

  it('says what is cut off', async () => {
    const views = await viewsOf(append(disk, 37));
    expect(views[0]).toMatchObject({ kind: 'cut', at: disk.size, length: 37 });
    expect(headline(amountsOf(views))).toBe('37 bytes are cut off; nothing before them changes');
    expect(placeText(views[0] as StepView)).toBe(`37 bytes cut off at 0x${disk.size.toString(16)}`);
  });

  it('reads a table entry as the block it is for', async () => {
    const write = firstWrite(await viewsOf(setBatEntry(disk, 6, 0x00ff_ffff)));
    expect(write).toMatchObject({ title: 'Block allocation table', length: 4 });
    expect(write.changes).toEqual([
      { name: 'block 6', tone: 0, before: 'at 0x1fffffe00', after: 'not allocated', note: expect.any(String) },
    ]);
  });

  it('keeps the time of a repair that loses nothing, as a step', async () => {
    const views = await viewsOf(dropFooter(disk));
    expect(views.at(-1)).toMatchObject({ kind: 'times', moment: '2023-11-14 22:13:20Z' });
  });
});

describe('what a plan means', () => {
  it('a footer written to a copy costs the image nothing', async () => {
    const plan = await planFor(dropFooter(disk));
    const views = stepViews(plan, null);
    const found = consequencesOf(plan, views, { kind: 'copy', output: '/sr/copy.vhd' });
    expect(found.file).toBe('/sr/copy.vhd');
    expect(found.lost).toEqual({ isLoss: false, lines: ['Nothing. No guest sector changes.'] });
    expect(found.untouched[0]).toContain('only read');
    expect(found.written.map(({ label }) => label)).not.toContain('Journal');
    const inPlace = consequencesOf(plan, views, { kind: 'in-place', unlocked: true });
    expect(inPlace.file).toBe('/sr/disk.vhd');
    expect(inPlace.written.map(({ label }) => label)).toContain('Journal');
  });

  it('names every lost range in sectors of the guest', async () => {
    const plan = await planFor(cut(disk, disk.size - 512 - 512 * 1024));
    expect(plan.lost.length === 0 || lossLines(plan)[0]?.includes('sector')).toBe(true);
    expect(rangeText({ offset: 0x60_0000, length: 2 * 1024 * 1024 })).toBe(
      '2 MiB at 0x600000, sectors 12,288 to 16,383',
    );
    expect(rangeText({ offset: 512, length: 512 })).toBe('512 B at 0x200, sector 1');
    expect(lossLines({ lost: [], lossy: true })[0]).toContain('no known range');
  });
});
