import { join } from 'node:path';
import { expect, test } from '../fixtures.ts';
import { NAMES, smallRepository } from '../images/images.ts';
import { HexTab } from '../pages/hex.ts';
import { PlatterWindow } from '../pages/window.ts';

test('everything is reached from the keyboard alone', async ({ place, start }) => {
  const folder = join(place.served, 'repository');
  await smallRepository(folder);
  const app = await start();
  const window = new PlatterWindow(app);
  const { keyboard } = app.page;
  await expect(app.page.getByRole('heading', { name: 'Nothing is open' })).toBeVisible();

  await app.answerDialog([folder]);
  await keyboard.press('ControlOrMeta+Shift+O');
  if (app.host === 'web') {
    const dialog = window.dialog('Open a folder');
    const place = dialog.getByRole('textbox', { name: 'Folder' });
    for (let step = 0; step < 10 && !(await place.evaluate((field) => field.matches(':focus'))); step += 1)
      await keyboard.press('Tab');
    await keyboard.press('ControlOrMeta+A');
    await keyboard.type(folder);
    await keyboard.press('Enter');
    const open = dialog.getByRole('button', { name: 'Open this folder' });
    await expect(open).toBeEnabled();
    for (let step = 0; step < 10 && !(await open.evaluate((button) => button.matches(':focus'))); step += 1)
      await keyboard.press('Tab');
    await keyboard.press('Enter');
    await expect(dialog).toBeHidden();
  }

  await expect(window.chains.row(NAMES.base)).toBeVisible();
  for (let step = 0; step < 30 && !(await window.chains.grid.evaluate((grid) => grid.matches(':focus'))); step += 1)
    await keyboard.press('Tab');
  await expect(window.chains.grid).toBeFocused();
  await keyboard.press('Home');
  await keyboard.press('ArrowDown');
  await keyboard.press('ArrowDown');
  await expect(window.chains.row(NAMES.leaf)).toHaveAttribute('aria-selected', 'true');
  await keyboard.press('Home');
  await keyboard.press('ArrowLeft');
  await expect(window.chains.row(NAMES.middle)).toHaveCount(0);
  await keyboard.press('ArrowRight');
  await expect(window.chains.row(NAMES.middle)).toBeVisible();
  await keyboard.press('Shift+F10');
  await expect(app.page.getByRole('menu')).toBeVisible();
  await keyboard.press('Escape');
  await expect(window.chains.grid).toBeFocused();

  const tabs = ['Overview', 'Structures', 'Disk', 'Hex', 'Chain', 'Findings'] as const;
  for (const [index, name] of tabs.entries()) {
    await keyboard.press(`Alt+${index + 1}`);
    await expect(window.image.getByRole('tab', { name, selected: true })).toBeVisible();
  }

  await keyboard.press('Alt+4');
  const hex = new HexTab(app.page);
  await hex.line('000000').waitFor();
  await window.command('0x200');
  await expect(hex.line('000200').locator('mark').first()).toBeVisible();
  // the palette has closed, and the bytes have the focus: before that the keys are the chains'
  await expect(hex.panel.locator(':focus')).toHaveCount(1);
  await keyboard.press('ControlOrMeta+f');
  await expect(hex.search.getByRole('textbox', { name: 'Look for' })).toBeFocused();
  await keyboard.type('conectix');
  await keyboard.press('Enter');
  await expect(hex.search.getByRole('status')).toContainText('hit');
  await keyboard.press('Escape');
  await keyboard.press('?');
  await expect(window.dialog('Keyboard shortcuts')).toBeVisible();
  await keyboard.press('Escape');
  await expect(window.dialog('Keyboard shortcuts')).toBeHidden();
  await keyboard.press('ControlOrMeta+i');
  await expect(app.page.getByRole('button', { name: 'Show inspector' })).toBeVisible();
  await window.command('Close the case');
  await expect(app.page.getByRole('heading', { name: 'Nothing is open' })).toBeVisible();
});

test('the focus is always to be seen', async ({ place, start }) => {
  await smallRepository(place.served);
  const { page } = await start(place.served);
  const window = new PlatterWindow({ page } as never);
  await expect(window.chains.row(NAMES.base)).toBeVisible();
  const unseen: string[] = [];
  for (let step = 0; step < 40; step += 1) {
    await page.keyboard.press('Tab');
    const found = await page.evaluate<string | null>(`(() => {
      const focused = document.activeElement;
      if (!focused || focused === document.body) return null;
      // the ring may be drawn by the element, by what stands inside it, or by what holds it
      const near = [focused, ...focused.querySelectorAll('*'), focused.parentElement, focused.parentElement?.parentElement];
      const isRinged = (one) => {
        const style = getComputedStyle(one);
        return style.boxShadow !== 'none' || (style.outlineStyle !== 'none' && style.outlineWidth !== '0px');
      };
      return near.some((one) => one && isRinged(one)) ? null : focused.outerHTML.slice(0, 120);
    })()`);
    if (found !== null) unseen.push(found);
  }
  expect(unseen).toEqual([]);
});
