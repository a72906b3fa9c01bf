import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '../fixtures.ts';
import { NAMES, smallRepository } from '../images/images.ts';
import { snapshot } from '../images/snapshot.ts';
import { drop } from '../pages/drop.ts';
import { PlatterWindow } from '../pages/window.ts';

test('a folder is opened from the dialog, and its chains are shown', async ({ place, start }) => {
  const folder = join(place.served, 'repository');
  await smallRepository(folder);
  const window = new PlatterWindow(await start());
  await window.openFolder(folder);
  await expect(window.title).toHaveText('repository');
  await expect(window.chains.row(NAMES.base)).toHaveAttribute('aria-level', '1');
  await expect(window.chains.row(NAMES.middle)).toHaveAttribute('aria-level', '2');
  await expect(window.chains.row(NAMES.leaf)).toHaveAttribute('aria-level', '3');
  await expect(window.chains.row(NAMES.zeroed)).toHaveAccessibleName(/error/);
  await expect(window.chains.grid.getByRole('row', { name: /Orphans/ })).toBeVisible();
  await expect(window.chains.row(NAMES.raw)).toHaveAccessibleName(/raw/);
});

test('what the program was started with is open, and one image is selected', async ({ place, start }) => {
  await smallRepository(place.served);
  const window = new PlatterWindow(await start(join(place.served, NAMES.leaf)));
  await expect(window.title).toHaveText(NAMES.leaf);
  await expect(window.chains.row(NAMES.leaf)).toHaveAttribute('aria-selected', 'true');
  await expect(window.panel).toContainText('Differencing');
});

test('an image that is dropped anywhere opens', async ({ place, start }) => {
  await smallRepository(place.served);
  const app = await start();
  const window = new PlatterWindow(app);
  await window.page.getByRole('heading', { name: 'Nothing is open' }).waitFor();
  await drop(app.page, [join(place.served, NAMES.base)], { x: 1200, y: 30 });
  await expect(window.chains.row(NAMES.base)).toBeVisible();
  // a second one is opened beside the first
  await drop(app.page, [join(place.served, NAMES.middle)], { x: 200, y: 700 });
  await expect(window.chains.row(NAMES.middle)).toHaveAttribute('aria-level', '2');
});

test('a folder that is dropped opens', async ({ place, start }) => {
  const folder = join(place.served, 'deep', 'repository');
  await mkdir(join(place.served, 'deep'));
  await smallRepository(folder);
  const app = await start();
  const window = new PlatterWindow(app);
  await window.page.getByRole('heading', { name: 'Nothing is open' }).waitFor();
  await drop(app.page, [folder], { x: 700, y: 400 });
  await expect(window.title).toHaveText('repository');
  await expect(window.chains.row(NAMES.leaf)).toHaveAttribute('aria-level', '3');
});

test('a file that the host may not read is inspected in the page alone', async ({ place, start }) => {
  await smallRepository(place.outside);
  const app = await start();
  test.skip(app.host === 'electron', 'the desktop window may read every file');
  const window = new PlatterWindow(app);
  await window.page.getByRole('heading', { name: 'Nothing is open' }).waitFor();
  await drop(app.page, [join(place.outside, NAMES.zeroed)], { x: 700, y: 400 });
  await expect(window.chains.row(NAMES.zeroed)).toBeVisible();
  await expect(window.image).toContainText('read in this window only');
  await window.showTab('Hex');
  await expect(window.panel.getByRole('grid')).toContainText('conectix');
});

test('a folder that the host may not read is refused with a way out', async ({ place, start }) => {
  await smallRepository(place.outside);
  const app = await start();
  test.skip(app.host === 'electron', 'the desktop window may read every folder');
  await app.page.getByRole('heading', { name: 'Nothing is open' }).waitFor();
  await drop(app.page, [place.outside], { x: 700, y: 400 });
  await expect(new PlatterWindow(app).notice).toContainText('platter serve FOLDER');
});

test('recent cases are offered, and can be forgotten', async ({ place, start }) => {
  await mkdir(join(place.served, 'one'));
  await smallRepository(join(place.served, 'one'));
  const window = new PlatterWindow(await start());
  await window.openFolder(join(place.served, 'one'));
  await expect(window.chains.row(NAMES.base)).toBeVisible();
  await window.menu('Close the case');
  await window.page.getByRole('button', { name: 'Open one' }).click();
  await expect(window.chains.row(NAMES.base)).toBeVisible();
  await window.menu('Close the case');
  await window.page.getByRole('button', { name: 'Forget them' }).click();
  await expect(window.page.getByRole('button', { name: 'Open one' })).toHaveCount(0);
});

test('what is open survives a reload of the page', async ({ place, start }) => {
  await smallRepository(place.served);
  const window = new PlatterWindow(await start(place.served));
  await expect(window.chains.row(NAMES.leaf)).toBeVisible();
  await window.page.reload();
  await expect(window.chains.row(NAMES.leaf)).toBeVisible();
});

test('looking changes nothing: no file, no time, nothing new', async ({ place, start }) => {
  const folder = join(place.served, 'evidence');
  await smallRepository(folder);
  await copyFile(join(folder, NAMES.base), join(folder, 'copy.vhd'));
  const before = await snapshot(folder);
  const window = new PlatterWindow(await start(folder));
  for (const name of Object.values(NAMES)) {
    await window.chains.select(name);
    for (const tab of ['Structures', 'Disk', 'Hex', 'Chain', 'Findings', 'Overview'] as const) {
      await window.showTab(tab);
      await expect(window.panel).not.toBeEmpty();
    }
  }
  await window.command('Check all images, deep');
  await expect(window.notice).toContainText('10 images checked');
  await window.menu('Read the folders again');
  await expect(window.chains.row(NAMES.leaf)).toBeVisible();
  await expect(window.activity).toContainText('No jobs running');
  expect(await snapshot(folder)).toEqual(before);
});
