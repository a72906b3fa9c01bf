import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '../fixtures.ts';
import { BIG, bigDisks, HIDDEN_TEXT, NAMES, smallRepository, TEXTS } from '../images/images.ts';
import { HexTab } from '../pages/hex.ts';
import { PlatterWindow } from '../pages/window.ts';

test.describe('an image of a chain', () => {
  let window: PlatterWindow;
  let hex: HexTab;

  test.beforeEach(async ({ place, start }) => {
    await smallRepository(place.served);
    window = new PlatterWindow(await start(place.served));
    await window.chains.select(NAMES.leaf);
    await window.showTab('Hex');
    hex = new HexTab(window.page);
    await hex.line('000000').waitFor();
  });

  test('go to takes hex, decimal, sectors and steps', async () => {
    for (const [typed, line] of [
      ['0x200', '000200'],
      ['1536', '000600'],
      ['+512', '000800'],
      ['1s', '000200'],
    ] as const) {
      await hex.goTo(typed);
      await expect(hex.line(line).locator('mark').first()).toBeVisible();
    }
    await hex.goTo('nonsense');
    await expect(hex.goToField).toHaveAttribute('aria-invalid', 'true');
    await expect(hex.line('000200').locator('mark').first()).toBeVisible();
  });

  test('the guest sees its own sectors, its parent’s and its base’s', async () => {
    await hex.show('Guest disk');
    await expect(hex.line('0000000')).toContainText(TEXTS.base.slice(0, 16));
    await hex.goTo('8s');
    await expect(hex.line('0001000')).toContainText(TEXTS.middle.slice(0, 16));
    await hex.goTo('16s');
    await expect(hex.line('0002000')).toContainText(TEXTS.leaf.slice(0, 16));
  });

  test('search finds text in the guest, and its hits lead there', async () => {
    await hex.show('Guest disk');
    await window.page.keyboard.press('Control+f');
    await hex.search.getByRole('textbox', { name: 'Look for' }).fill(HIDDEN_TEXT.toUpperCase());
    await hex.search.getByRole('textbox', { name: 'Look for' }).press('Enter');
    await expect(hex.search.getByRole('status')).toContainText('1 hit');
    await hex.search.getByRole('option').click();
    await expect(hex.line('1400e00').locator('mark').first()).toHaveText('74');
    await expect(hex.panel).toContainText('26 bytes');

    await hex.search.getByRole('radio', { name: 'Hex' }).check({ force: true });
    await hex.search.getByRole('textbox', { name: 'Look for' }).fill('6e 65 65 ?4');
    await hex.search.getByRole('button', { name: 'Search', exact: true }).click();
    await expect(hex.search.getByRole('status')).toContainText('1 hit');

    await hex.search.getByRole('radio', { name: 'Regex' }).check({ force: true });
    await hex.search.getByRole('textbox', { name: 'Look for' }).fill('written by the (base|leaf)');
    await hex.search.getByRole('button', { name: 'Search', exact: true }).click();
    await expect(hex.search.getByRole('status')).toContainText('2 hits');
    await hex.search.getByRole('textbox', { name: 'Look for' }).fill('(');
    await hex.search.getByRole('button', { name: 'Search', exact: true }).click();
    await expect(hex.search.getByRole('alert')).toBeVisible();
  });

  test('bookmarks keep a place and its note over a reload, and can be removed', async () => {
    await hex.goTo('0x200');
    await window.page.keyboard.press('Control+d');
    await hex.bookmarks.getByRole('textbox', { name: 'Note' }).fill('the dynamic header');
    await hex.bookmarks.getByRole('textbox', { name: 'Note' }).press('Enter');
    await expect(hex.bookmarks).toContainText('the dynamic header');
    await window.page.reload();
    await window.chains.select(NAMES.leaf);
    await window.showTab('Hex');
    await hex.panel.getByRole('button', { name: 'Bookmarks (1)' }).click();
    await hex.bookmarks.getByRole('button', { name: '0x200', exact: true }).click();
    await expect(hex.line('000200').locator('mark').first()).toBeVisible();
    await hex.bookmarks.getByRole('button', { name: 'Remove the bookmark at 0x200' }).click();
    await expect(hex.panel.getByRole('button', { name: 'Bookmarks (0)' })).toBeVisible();
  });
});

test('bytes are copied in several forms, and saved as a file', async ({ place, start }) => {
  await smallRepository(place.served);
  const app = await start(join(place.served, NAMES.base));
  const window = new PlatterWindow(app);
  await window.showTab('Hex');
  const hex = new HexTab(app.page);
  await hex.line('000000').waitFor();
  await hex.grid.focus();
  for (let step = 0; step < 7; step += 1) await app.page.keyboard.press('Shift+ArrowRight');
  const forms = {
    'Hex Ctrl C': '636f6e6563746978',
    'Base64': 'Y29uZWN0aXg=',
    'C array': '0x63, 0x6f',
    'Text': 'conectix',
  };
  for (const [form, text] of Object.entries(forms)) {
    await hex.copyAs(form);
    await expect.poll(() => app.copied()).toContain(text);
  }
  const download = app.page.waitForEvent('download');
  await hex.copyAs('Save as raw file…');
  expect(await readFile(await (await download).path(), 'latin1')).toBe('conectix');
});

test('a long search shows its progress, survives a reload and can be cancelled', async ({ place, start }) => {
  await bigDisks(place.served);
  const window = new PlatterWindow(await start(join(place.served, BIG.fixed)));
  await window.showTab('Hex');
  const hex = new HexTab(window.page);
  await hex.panel.getByRole('button', { name: 'Search', exact: true }).click();
  await hex.search.getByRole('textbox', { name: 'Look for' }).fill('what nobody ever wrote');
  await hex.search.getByRole('textbox', { name: 'Look for' }).press('Enter');
  await expect(hex.search.getByRole('progressbar')).toBeVisible();
  const cancel = window.activity.getByRole('button', { name: /^Cancel/ });
  await expect(cancel).toBeVisible();
  await window.page.reload();
  await expect(window.activity.getByRole('progressbar')).toBeVisible();
  await cancel.click();
  await expect(window.activity).toContainText('No jobs running');
});
