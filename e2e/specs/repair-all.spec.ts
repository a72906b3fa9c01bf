import { readdir } from 'node:fs/promises';
import { expect, test } from '../fixtures.ts';
import { DAMAGED, damagedImages } from '../images/damaged.ts';
import { snapshot } from '../images/snapshot.ts';
import { Repair } from '../pages/repair.ts';
import { PlatterWindow } from '../pages/window.ts';

test('what loses nothing is repaired into copies, and nothing else is touched', async ({ place, start }) => {
  await damagedImages(place.served, 'safe', 'two', 'lossy', 'hopeless', 'whole');
  const before = await snapshot(place.served);
  const window = new PlatterWindow(await start(place.served));
  await window.chains.row(DAMAGED.safe).waitFor();
  await window.menu('Repair all safe…');
  const repair = new Repair(window.page);
  await expect(repair.dialog).toContainText('2 images can be repaired without loss');
  const row = (name: string) => repair.table.getByRole('row').filter({ hasText: name });
  await expect(row(DAMAGED.safe)).toContainText('no loss');
  await expect(row(DAMAGED.two)).toContainText('no loss');
  await expect(row(DAMAGED.lossy)).toContainText('loses data');
  await expect(row(DAMAGED.hopeless)).toContainText('not repaired');
  // what loses something cannot even be ticked
  await expect(row(DAMAGED.lossy).getByRole('checkbox')).toHaveCount(0);
  await expect(row(DAMAGED.whole)).toHaveCount(0);

  await repair.button(/^Write 2 repaired copies/).click();
  await expect(repair.dialog).toContainText('2 images repaired');
  await expect(row(DAMAGED.safe)).toContainText('disk-zeroed-footer.repaired.vhd');
  const names = await readdir(place.served);
  expect(names.filter((name) => name.includes('.repaired.'))).toHaveLength(2);
  // folder aside, whose time changes with its content
  const after = await snapshot(place.served);
  const images = before.slice(1);
  expect(after.filter((line) => images.includes(line))).toEqual(images);
});

test('images themselves are written only when they are unlocked', async ({ place, start }) => {
  await damagedImages(place.served, 'safe', 'two', 'lossy');
  const window = new PlatterWindow(await start(place.served));
  await window.chains.row(DAMAGED.safe).waitFor();
  await window.menu('Repair all safe…');
  const repair = new Repair(window.page);
  await expect(repair.dialog).toContainText('2 images can be repaired without loss');
  await repair.dialog.getByRole('checkbox', { name: `Repair ${DAMAGED.two}` }).uncheck();
  await repair.target('In place');
  const write = repair.button(/^Repair 1 image in place/);
  await expect(write).toBeDisabled();
  await repair.dialog.getByRole('checkbox', { name: /^Unlock 1 image/ }).check();
  await write.click();
  await expect(repair.dialog).toContainText('1 image repaired');
  await expect(repair.table.getByRole('row').filter({ hasText: DAMAGED.two })).toContainText('left as it is');
  await repair.button('Show the log').click();
  await expect(window.panel.getByRole('radio', { name: 'This image' })).toBeChecked();
  await expect(window.chains.row(DAMAGED.safe)).not.toHaveAccessibleName(/error/);
  await expect(window.chains.row(DAMAGED.two)).toHaveAccessibleName(/error/);
});

test('an image that needs a person opens its own wizard from the summary', async ({ place, start }) => {
  await damagedImages(place.served, 'lossy');
  const window = new PlatterWindow(await start(place.served));
  await window.chains.row(DAMAGED.lossy).waitFor();
  await window.menu('Repair all safe…');
  const repair = new Repair(window.page);
  await expect(repair.dialog).toContainText('No image can be repaired without loss.');
  await repair.button(`Open the wizard for ${DAMAGED.lossy}`).click();
  await repair.step('Diagnose').waitFor();
  await expect(repair.dialog).toContainText('not without loss');
});
