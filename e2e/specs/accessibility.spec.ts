import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { type App, expect, test } from '../fixtures.ts';
import { NAMES, smallRepository } from '../images/images.ts';
import { HexTab } from '../pages/hex.ts';
import { PlatterWindow } from '../pages/window.ts';

/** Serious and critical violations, each with the elements it is about. In the dark only what colours change is looked at. */
async function violations(page: Page): Promise<string[]> {
  const axe = new AxeBuilder({ page });
  if (await page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")) axe.withRules('color-contrast');
  const { violations: found } = await axe.analyze();
  return found
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`);
}

type Screen = (window: PlatterWindow, app: App) => Promise<void>;

/** Every screen, and how one gets there from an open case. */
const screens: Record<string, Screen> = {
  'Overview': async (window) => window.showTab('Overview'),
  'Structures': async (window) => window.showTab('Structures'),
  'the BAT': async (window) => {
    await window.showTab('Structures');
    await window.panel.getByRole('option', { name: /BAT/ }).click();
  },
  'Disk': async (window) => {
    await window.showTab('Disk');
    await window.panel.getByRole('application').focus();
    await window.page.keyboard.press('ArrowRight');
  },
  'Hex with a search': async (window) => {
    await window.showTab('Hex');
    const hex = new HexTab(window.page);
    await hex.panel.getByRole('button', { name: 'Search', exact: true }).click();
    await hex.search.getByRole('textbox', { name: 'Look for' }).fill('c');
    await hex.search.getByRole('textbox', { name: 'Look for' }).press('Enter');
    await expect(hex.search.getByRole('option').first()).toBeVisible();
  },
  'Hex with bookmarks': async (window) => {
    await window.showTab('Hex');
    await window.panel.getByRole('button', { name: /^Bookmarks/ }).click();
  },
  'Chain': async (window) => window.showTab('Chain'),
  'Findings': async (window) => window.showTab('Findings'),
  'Findings of all': async (window) => {
    await window.showTab('Findings');
    await window.panel.getByRole('radio', { name: 'All images' }).check({ force: true });
  },
  'the filter': async (window) => {
    await window.chains.openFilter();
    await window.chains.filter.fill('dead');
  },
  'the palette': async (window) => {
    await window.page.keyboard.press('ControlOrMeta+k');
    await window.page.getByRole('listbox', { name: 'Results' }).waitFor();
  },
  'the shortcuts': async (window) => {
    await window.page.keyboard.press('?');
    await window.dialog('Keyboard shortcuts').waitFor();
  },
  'the menu': async (window) => {
    await window.page.getByRole('banner').getByRole('button', { name: 'More' }).click();
    await window.page.getByRole('menu').waitFor();
  },
};

for (const colorScheme of ['light', 'dark'] as const) {
  test.describe(colorScheme, () => {
    test.use({ colorScheme });

    test('the empty window has no serious fault of accessibility', async ({ start }) => {
      const { page } = await start();
      await expect(page.getByRole('heading', { name: 'Nothing is open' })).toBeVisible();
      expect(await violations(page)).toEqual([]);
      await page.keyboard.press('ControlOrMeta+Shift+O');
      expect(await violations(page)).toEqual([]);
    });

    test('no screen has a serious fault of accessibility', async ({ place, start }) => {
      test.setTimeout(120_000);
      await smallRepository(place.served);
      const app = await start(place.served);
      const window = new PlatterWindow(app);
      await window.chains.select(NAMES.differs);
      for (const [name, show] of Object.entries(screens)) {
        await show(window, app);
        expect.soft(await violations(app.page), name).toEqual([]);
        await app.page.keyboard.press('Escape');
      }
    });
  });
}
