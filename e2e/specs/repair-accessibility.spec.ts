import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { expect, test } from '../fixtures.ts';
import { DAMAGED, damagedImages, interruptRepair } from '../images/damaged.ts';
import { Repair } from '../pages/repair.ts';
import { PlatterWindow } from '../pages/window.ts';

async function violations(page: Page): Promise<string[]> {
  const { violations: found } = await new AxeBuilder({ page }).analyze();
  return found.map(
    ({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`,
  );
}

for (const [colorScheme, viewport] of [
  ['light', { width: 1440, height: 900 }],
  ['dark', { width: 1024, height: 700 }],
] as const)
  test.describe(`${colorScheme}, ${viewport.width} wide`, () => {
    test.use({ colorScheme, viewport });

    test('no step of a repair has a fault of accessibility', async ({ place, start }) => {
      const { two } = await damagedImages(place.served, 'safe', 'lossy', 'two');
      await interruptRepair(two, place.state);
      const window = new PlatterWindow(await start(place.served));
      const { page, chains } = window;
      const repair = new Repair(page);
      const clean = async (name: string): Promise<void> => {
        expect.soft(await violations(page), name).toEqual([]);
      };
      await chains.select(DAMAGED.two);
      await page.getByRole('region', { name: 'An operation was interrupted' }).waitFor();
      await clean('an interrupted operation');
      await page.getByRole('tab', { name: /^Log/ }).click();
      await page.getByRole('table', { name: 'Operations' }).getByRole('button', { expanded: false }).click();
      await clean('the log');

      await chains.select(DAMAGED.lossy);
      await page.keyboard.press('r');
      await repair.step('Diagnose').waitFor();
      await clean('Diagnose');
      await repair.toChoose();
      await clean('Choose');
      await repair.toPreview();
      await clean('Preview');
      await repair.dialog.getByRole('checkbox').check();
      await repair.button(/^Write repaired copy/).click();
      await repair.step('Result').waitFor();
      await clean('Result');
      await page.keyboard.press('Escape');

      await chains.select(DAMAGED.safe);
      await page.keyboard.press('r');
      await expect(repair.button(/^Write repaired copy/)).toBeEnabled();
      await clean('the one confirmation');
      await repair.target('In place');
      await clean('the one confirmation, in place');
      await repair.button(/^Repair in place/).click();
      await expect(repair.dialog).toHaveCount(0);
      await page.getByRole('button', { name: 'Undo', exact: true }).waitFor();
      await clean('the notice');
    });

    test('repairing all has no fault of accessibility', async ({ place, start }) => {
      await damagedImages(place.served, 'safe', 'lossy', 'hopeless');
      const window = new PlatterWindow(await start(place.served));
      await window.chains.row(DAMAGED.safe).waitFor();
      await window.menu('Repair all safe…');
      const repair = new Repair(window.page);
      await expect(repair.dialog).toContainText('1 image can be repaired without loss');
      expect.soft(await violations(window.page), 'Summary').toEqual([]);
      await repair.button(/^Write 1 repaired copy/).click();
      await expect(repair.dialog).toContainText('1 image repaired');
      expect.soft(await violations(window.page), 'Result').toEqual([]);
    });
  });
