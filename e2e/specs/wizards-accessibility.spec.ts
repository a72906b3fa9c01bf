import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { expect, test } from '../fixtures.ts';
import { FOLDS, foldImages } from '../images/folds.ts';
import { PlatterWindow } from '../pages/window.ts';
import { Wizard } from '../pages/wizard.ts';

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

    test('no step of coalesce, export and relink has a fault of accessibility', async ({ place, start }) => {
      await foldImages(place.served, 'base', 'middle', 'leaf', 'sibling', 'lost', 'found');
      const window = new PlatterWindow(await start(place.served));
      const { page, chains } = window;
      const clean = async (name: string): Promise<void> => {
        expect.soft(await violations(page), name).toEqual([]);
      };
      const coalesce = new Wizard(page, 'Coalesce');
      await chains.select(FOLDS.leaf);
      await window.command('Coalesce into its parent');
      await expect(coalesce.button(/^Who else/)).toBeEnabled();
      await clean('What');
      // no pointer is needed: the key of the primary button leads through
      await page.keyboard.press('Control+Enter');
      await coalesce.step('Who else').waitFor();
      await clean('Who else');
      await page.keyboard.press('Control+Enter');
      await coalesce.step('How').waitFor();
      await coalesce.radio('In place').check();
      await clean('How');
      await coalesce.radio('New file').check();
      await page.keyboard.press('Control+Enter');
      await coalesce.step('Proof').waitFor();
      await clean('Proof');
      await page.keyboard.press('Escape');

      await window.command('What can be coalesced');
      await window.dialog('What can be coalesced').getByRole('table').waitFor();
      await clean('the list of pairs');
      await page.keyboard.press('Escape');

      const exported = new Wizard(page, 'Export');
      await window.command('Export the disk');
      await expect(exported.button(/^Format/)).toBeEnabled();
      await clean('Export: What');
      await exported.next(/^Format/, 'Format');
      await exported.radio('Fixed VHD').check();
      await clean('Format');
      await page.keyboard.press('Control+Enter');
      await exported.step('Proof').waitFor();
      await clean('Export: Proof');
      await page.keyboard.press('Escape');

      const relink = new Wizard(page, 'Relink');
      await chains.select(FOLDS.lost);
      await window.command('Relink to its parent');
      await expect(relink.button(/^Preview/)).toBeEnabled();
      await clean('Parent');
      await page.keyboard.press('Control+Enter');
      await relink.step('Preview').waitFor();
      await clean('Preview');
      await page.keyboard.press('Control+Enter');
      await relink.step('Result').waitFor();
      await clean('Result');
    });
  });
