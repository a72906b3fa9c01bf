import { join } from 'node:path';
import { expect, test } from '../fixtures.ts';
import { BIG, bigDisks, NAMES, smallRepository, TEXTS } from '../images/images.ts';
import { PlatterWindow } from '../pages/window.ts';

test('the disk tells for every block and sector which file holds it', async ({ place, start }) => {
  await smallRepository(place.served);
  const window = new PlatterWindow(await start(place.served));
  await window.chains.select(NAMES.leaf);
  await window.showTab('Disk');
  const map = window.panel.getByRole('application', { name: /^Block map: 32 cells of 2 MiB/ });
  await map.focus();
  await window.page.keyboard.press('ArrowRight');
  await expect(window.inspector).toContainText('The base holds all of this block');
  const bytes = window.panel.getByRole('grid', { name: 'Bytes of the guest disk' });
  await expect(bytes.getByRole('row').nth(1)).toBeVisible();
  const goTo = window.panel.getByRole('textbox', { name: /^Go to offset/ });
  await goTo.fill('16s');
  await goTo.press('Enter');
  await expect(bytes).toContainText(TEXTS.leaf.slice(0, 16));
  await expect(window.panel).toContainText(NAMES.leaf.slice(0, 8));
});

test('a disk whose parent is missing has holes, and says so', async ({ place, start }) => {
  await smallRepository(place.served);
  const window = new PlatterWindow(await start(place.served));
  await window.chains.select(NAMES.orphan);
  await window.showTab('Disk');
  await expect(window.panel).toContainText('nowhere.vhd');
  await expect(window.panel).toContainText(/missing|not here|hole/i);
});

test('the map of a million blocks fits, and zooms to one block a cell', async ({ place, start }) => {
  await bigDisks(place.served);
  const window = new PlatterWindow(await start(join(place.served, BIG.dynamic)));
  await window.showTab('Disk');
  const map = window.panel.getByRole('application', { name: /^Block map/ });
  await expect(map).toBeVisible();
  await window.panel.getByRole('radio', { name: '1:1' }).check({ force: true });
  await expect(window.panel.getByRole('application', { name: 'Block map: 1,048,576 cells of 2 MiB' })).toBeVisible();
  await map.focus();
  await window.page.keyboard.press('End');
  await expect(window.inspector).toContainText('1,048,575');
});
