import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { expect, test } from '../fixtures.ts';
import { DISKS, disks } from '../images/disks.ts';
import { DiskTab } from '../pages/disk.ts';
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

    test('partitions and volumes have no fault of accessibility', async ({ place, start }) => {
      test.setTimeout(120_000);
      const paths = await disks(place.served, 'mbr', 'lun');
      const window = new PlatterWindow(await start(paths.mbr, paths.lun));
      const { page } = window;
      const disk = new DiskTab(page);
      const clean = async (name: string): Promise<void> => {
        expect.soft(await violations(page), name).toEqual([]);
      };
      // the panel of chains is folded in a narrow window
      const select = async (name: string): Promise<void> => {
        await page.keyboard.press('ControlOrMeta+k');
        await page.getByRole('combobox', { name: /^Find image/ }).fill(name);
        await expect(page.getByRole('option').first()).toContainText(name.slice(0, 8));
        await page.keyboard.press('Enter');
        await expect(window.image.getByRole('heading', { level: 2 }).first()).toContainText(name.slice(0, 8));
      };
      await expect(window.image.getByRole('tab', { name: 'Disk' })).toBeVisible();
      await select(DISKS.mbr);
      await window.showTab('Disk');
      await disk.row('6').click();
      await clean('partitions');
      await page.keyboard.press('Shift+F10');
      await expect(page.getByRole('menuitem', { name: 'Save to a file…' })).toBeVisible();
      await clean('the menu of a partition');
      await page.keyboard.press('Escape');
      await disk.button('Open partition').click();
      await expect(disk.bytes('Bytes of partition 6')).toBeVisible();
      await clean('a partition as a disk of its own');
      await disk.button('Save…').click();
      await expect(window.dialog('Save partition 6')).toBeVisible();
      await clean('saving a partition');
      await page.keyboard.press('Escape');

      await select(DISKS.lun);
      await expect(disk.button('Show the volume')).toBeVisible({ timeout: 30_000 });
      await clean('a disk without a table');
      await disk.button('Rebuild partition table…').click();
      const wizard = window.dialog('Rebuild partition table');
      await expect(wizard.getByRole('table', { name: 'Proposed partitions' })).toBeVisible({ timeout: 30_000 });
      await clean('the proposed table');
      await page.keyboard.press('Control+Enter');
      await expect(wizard.getByRole('radiogroup', { name: 'Target' })).toBeVisible();
      await clean('the preview of a table');
      await page.keyboard.press('Escape');
      await expect(wizard).toBeHidden();
      await disk.button('Show the volume').click();
      await window.panel.getByRole('textbox', { name: 'How the disk is presented' }).fill('naa.600144f07ed40400');
      await page.keyboard.press('Enter');
      await expect(window.panel).toContainText('ESX takes it for a snapshot', { timeout: 30_000 });
      await clean('a volume and a verdict');
    });
  });
