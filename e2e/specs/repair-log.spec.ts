import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import type { Locator } from '@playwright/test';
import { expect, test } from '../fixtures.ts';
import { DAMAGED, damagedImages, interruptRepair } from '../images/damaged.ts';
import { Repair } from '../pages/repair.ts';
import { PlatterWindow } from '../pages/window.ts';

async function stateOf(path: string): Promise<{ sha256: string; modified: number }> {
  const sha256 = createHash('sha256')
    .update(await readFile(path))
    .digest('hex');
  return { sha256, modified: (await stat(path)).mtimeMs };
}

function operations(window: PlatterWindow): Locator {
  return window.panel.getByRole('table', { name: 'Operations' });
}

test('the log says what was done and takes it back', async ({ place, start }) => {
  const { safe } = await damagedImages(place.served, 'safe', 'whole');
  const before = await stateOf(safe);
  const window = new PlatterWindow(await start(place.served));
  await window.chains.select(DAMAGED.safe);
  await window.showTab('Log');
  await expect(window.panel).toContainText('Nothing was done here');
  await window.page.keyboard.press('r');
  const repair = new Repair(window.page);
  await repair.target('In place');
  await repair.button(/^Repair in place/).click();

  const first = operations(window).getByRole('row', { name: /footer-from-copy/ });
  await expect(first).toContainText('applied');
  await expect(first).toContainText('512 bytes');
  await first.getByRole('button', { expanded: false }).click();
  await expect(operations(window)).toContainText(`${DAMAGED.safe}.platter-`);
  await expect(operations(window)).toContainText(`512 bytes at 0x${((await stat(safe)).size - 512).toString(16)}`);

  // another image has been through nothing
  await window.chains.select(DAMAGED.whole);
  await expect(window.panel).toContainText('Nothing was done here');
  await window.chains.select(DAMAGED.safe);

  await first.getByRole('button', { name: /^Undo repair/ }).click();
  const question = window.dialog('Take it back?');
  await expect(question).toContainText('become what they were before');
  await question.getByRole('button', { name: 'Take it back' }).click();
  await expect(first).toContainText('undone');
  await expect(first.getByRole('button', { name: /^Undo/ })).toHaveCount(0);
  await expect(window.chains.row(DAMAGED.safe)).toHaveAccessibleName(/error/);
  expect(await stateOf(safe)).toEqual(before);

  const [download] = await Promise.all([
    window.page.waitForEvent('download'),
    window.panel.getByRole('button', { name: 'CSV…' }).click(),
  ]);
  const csv = await readFile(await download.path(), 'utf8');
  expect(csv).toContain(safe);
  expect(csv.split('\r\n')[0]).toMatch(/^time,who,operation/);
});

for (const [way, state] of [
  ['Roll back', 'rolled back'],
  ['Resume', 'applied'],
] as const)
  test(`an operation that was cut off is offered: ${way}`, async ({ place, start }) => {
    const { two } = await damagedImages(place.served, 'two');
    const before = await stateOf(two);
    await interruptRepair(two, place.state);
    expect((await stateOf(two)).sha256).not.toBe(before.sha256);

    const window = new PlatterWindow(await start(place.served));
    await expect(window.notice).toContainText('An operation was interrupted');
    const banner = window.panel.getByRole('region', { name: 'An operation was interrupted' });
    await expect(banner).toContainText('footer-vote');
    // nothing else is planned until then
    await window.page.keyboard.press('r');
    const repair = new Repair(window.page);
    await expect(repair.dialog).toContainText('Resume finishes it');
    await window.page.keyboard.press('Escape');

    await banner.getByRole('button', { name: way }).click();
    await expect(banner).toHaveCount(0);
    await window.showTab('Log');
    await expect(operations(window).getByRole('row', { name: /footer-vote/ })).toContainText(state);
    if (way === 'Roll back') {
      expect(await stateOf(two)).toEqual(before);
      await expect(window.chains.row(DAMAGED.two)).toHaveAccessibleName(/error/);
    } else {
      await expect(window.chains.row(DAMAGED.two)).not.toHaveAccessibleName(/error/);
    }
  });
