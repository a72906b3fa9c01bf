import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from '../fixtures.ts';
import { DAMAGED, damagedImages } from '../images/damaged.ts';
import { drop } from '../pages/drop.ts';
import { Repair } from '../pages/repair.ts';
import { PlatterWindow } from '../pages/window.ts';

/** Content and modification time: what undo has to bring back. */
async function stateOf(path: string): Promise<{ sha256: string; modified: number }> {
  const sha256 = createHash('sha256')
    .update(await readFile(path))
    .digest('hex');
  return { sha256, modified: (await stat(path)).mtimeMs };
}

test('a dropped VHD with a zeroed footer is repaired with one click, and undone', async ({ place, start }) => {
  const { safe } = await damagedImages(place.served, 'safe');
  const before = await stateOf(safe);
  const app = await start();
  const window = new PlatterWindow(app);
  await window.page.getByRole('heading', { name: 'Nothing is open' }).waitFor();
  await drop(app.page, [safe], { x: 700, y: 400 });
  await expect(window.chains.row(DAMAGED.safe)).toHaveAccessibleName(/error/);

  await window.panel.getByRole('button', { name: 'Repair…' }).click();
  const repair = new Repair(app.page);
  // what is changed is seen before it is
  await expect(repair.dialog).toContainText('conectix');
  await expect(repair.dialog.getByRole('table', { name: 'Fields that change' })).toContainText('checksum');
  await expect(repair.dialog).toContainText('Nothing has been written yet.');
  // never in place unless somebody says so
  await expect(repair.button(/^Write repaired copy/)).toBeEnabled();
  await repair.target('In place');
  await repair.button(/^Repair in place/).click();

  await expect(window.notice).toContainText(`${DAMAGED.safe} is repaired. No error and no warning is left.`);
  await expect(window.chains.row(DAMAGED.safe)).not.toHaveAccessibleName(/error/);
  await expect(window.panel.getByRole('region', { name: /footer is missing/i })).toHaveCount(0);
  const repaired = await stateOf(safe);
  expect(repaired.sha256).not.toBe(before.sha256);
  expect((await readFile(safe)).subarray(-512, -504).toString('latin1')).toBe('conectix');

  await window.notice.getByRole('button', { name: 'Undo' }).click();
  await expect(window.notice).toContainText('It is taken back.');
  await expect(window.chains.row(DAMAGED.safe)).toHaveAccessibleName(/error/);
  expect(await stateOf(safe)).toEqual(before);
});

test('five steps write a repaired copy and leave the image as it is', async ({ place, start }) => {
  const { safe } = await damagedImages(place.served, 'safe');
  const before = await stateOf(safe);
  const window = new PlatterWindow(await start(safe));
  // a finding has the same button as the banner
  await window.showTab('Findings');
  await window.panel.getByRole('button', { name: 'Repair…' }).click();
  const repair = new Repair(window.page);
  await repair.allOptions();
  await expect(repair.dialog).toContainText('It can be put right, and nothing is lost.');
  await expect(repair.dialog.getByRole('row', { name: /vhd-util repair/ })).toContainText('no way back');
  await expect(repair.consequences).toContainText('Nothing. No guest sector changes.');
  await repair.toChoose();
  await expect(repair.dialog.getByRole('radio', { name: 'footer-from-copy' })).toBeChecked();
  const copy = join(place.served, 'copies.vhd');
  await repair.dialog.getByRole('textbox', { name: 'Name of the working copy' }).fill(safe);
  await expect(repair.button(/^Preview…/)).toBeDisabled();
  await repair.dialog.getByRole('textbox', { name: 'Name of the working copy' }).fill(copy);
  await repair.toPreview();
  await expect(repair.dialog).toContainText('conectix');
  await expect(repair.dialog).toContainText('Nothing has been written yet.');
  await repair.button(/^Write repaired copy/).click();

  await expect(repair.dialog).toContainText('The result is clean');
  await expect(repair.dialog.getByRole('table', { name: 'Checks before and after' })).toContainText('footer.missing');
  await expect(repair.dialog).toContainText((await stateOf(copy)).sha256);
  expect(await stateOf(safe)).toEqual(before);

  await repair.button('Open the repaired copy').click();
  await expect(window.image.getByRole('heading', { level: 2 })).toContainText('copies.vhd');
  await expect(window.panel).toContainText('nothing after the footer');
  // two files of one id are no riddle when one was written from the other
  await expect(window.chains.row('copies.vhd')).not.toHaveAccessibleName(/warning/);
});

test('undo in the result takes the copy away again', async ({ place, start }) => {
  const { safe } = await damagedImages(place.served, 'safe');
  const window = new PlatterWindow(await start(place.served));
  await window.chains.select(DAMAGED.safe);
  await window.page.keyboard.press('r');
  const repair = new Repair(window.page);
  await repair.allOptions();
  await repair.toChoose();
  await repair.toPreview();
  await repair.button(/^Write repaired copy/).click();
  await repair.step('Result').waitFor();
  expect(await readdir(place.served)).toHaveLength(2);
  await repair.button('Undo').click();
  await expect(repair.dialog).toContainText('It is taken back');
  await expect(repair.dialog).toContainText('Everything is as it was.');
  expect(await readdir(dirname(safe))).toEqual([DAMAGED.safe]);
});

test('the wizard writes the image itself only when it is unlocked', async ({ place, start }) => {
  const { safe } = await damagedImages(place.served, 'safe');
  const before = await stateOf(safe);
  const window = new PlatterWindow(await start(safe));
  await window.panel.getByRole('button', { name: 'Repair…' }).click();
  const repair = new Repair(window.page);
  await repair.allOptions();
  await repair.toChoose();
  await repair.dialog.getByRole('radio', { name: 'In place' }).check();
  await expect(repair.button(/^Preview…/)).toBeDisabled();
  await expect(repair.dialog).toContainText('Unlock the image first.');
  await repair.dialog.getByRole('checkbox', { name: /Unlock the image/ }).check();
  await repair.toPreview();
  await expect(repair.consequences).toContainText('the image itself');
  await repair.button(/^Repair in place/).click();
  await expect(repair.dialog).toContainText('The result is clean');
  await expect(repair.dialog).toContainText(`${DAMAGED.safe}.platter-`);
  await repair.button('Undo').click();
  await expect(repair.dialog).toContainText('It is taken back');
  expect(await stateOf(safe)).toEqual(before);
});

test('a plan that loses something is never one click, and needs the loss accepted', async ({ place, start }) => {
  const { lossy } = await damagedImages(place.served, 'lossy');
  const before = await stateOf(lossy);
  const window = new PlatterWindow(await start(lossy));
  await window.panel.getByRole('button', { name: 'Repair…' }).click();
  const repair = new Repair(window.page);
  await repair.step('Diagnose').waitFor();
  await expect(repair.dialog).toContainText('not without loss');
  await expect(repair.dialog.getByRole('row', { name: /vhd-util repair/ })).toContainText('Do not run it.');
  await expect(repair.consequences).toContainText('2 MiB at 0x600000, sectors 12,288 to 16,383');
  await repair.toChoose();
  // another plan is asked for, and what it would do is said
  await repair.dialog.getByRole('radio', { name: 'bat-carve' }).check();
  await expect(repair.dialog.getByText('Planning…')).toHaveCount(0);
  await repair.dialog.getByRole('radio', { name: 'bat-drop-entry' }).check();
  await repair.toPreview();
  await expect(repair.dialog).toContainText('block 3');
  const write = repair.button(/^Write repaired copy/);
  await expect(write).toBeDisabled();
  await window.page.keyboard.press('Control+Enter');
  await expect(repair.step('Preview')).toBeVisible();
  await expect(repair.dialog.getByRole('list', { name: 'What is lost' })).toContainText('2 MiB at 0x600000');
  await repair.dialog.getByRole('checkbox', { name: /Accept the loss/ }).check();
  await write.click();
  await expect(repair.dialog).toContainText('The result is clean');
  expect(await stateOf(lossy)).toEqual(before);
});

test('where nothing can be done, it says exactly that', async ({ place, start }) => {
  await damagedImages(place.served, 'hopeless', 'whole');
  const window = new PlatterWindow(await start(place.served));
  await window.chains.select(DAMAGED.hopeless);
  await window.panel.getByRole('button', { name: 'Repair…' }).click();
  const repair = new Repair(window.page);
  await expect(repair.dialog).toContainText('Nothing is done about it by default.');
  await expect(repair.dialog).toContainText('No file with the parent’s id was found.');
  await repair.toChoose();
  await repair.dialog.getByRole('radio', { name: 'relink-parent' }).check();
  await expect(repair.dialog).toContainText('It does not apply');
  await expect(repair.button(/^Preview…/)).toBeDisabled();
  await window.page.keyboard.press('Escape');
  await expect(repair.dialog).toHaveCount(0);

  // what is whole is not repaired, and the menu says why
  await window.chains.select(DAMAGED.whole);
  await expect(window.panel.getByRole('button', { name: 'Repair…' })).toHaveCount(0);
  await window.image.getByRole('button', { name: 'What can be done with this image' }).click();
  const item = window.page.getByRole('menuitem', { name: /^Repair…/ });
  await expect(item).toBeDisabled();
  await expect(item).toContainText('nothing is wrong');
});

test('the whole repair is done from the keyboard', async ({ place, start }) => {
  const { safe } = await damagedImages(place.served, 'safe');
  const window = new PlatterWindow(await start(safe));
  await window.chains.row(DAMAGED.safe).waitFor();
  const { keyboard } = window.page;
  await keyboard.press('r');
  const repair = new Repair(window.page);
  await expect(repair.button(/^Write repaired copy/)).toBeEnabled();
  // Esc before a write asks nothing
  await keyboard.press('Escape');
  await expect(repair.dialog).toHaveCount(0);
  await keyboard.press('r');
  await expect(repair.button(/^Write repaired copy/)).toBeEnabled();
  await keyboard.press('Control+Enter');
  await expect(window.notice).toContainText('A repaired copy of');
  expect(await readdir(place.served)).toHaveLength(2);
  await window.notice.getByRole('button', { name: 'Open the repaired copy' }).press('Enter');
  await expect(window.image.getByRole('heading', { level: 2 })).toContainText('disk-zeroed-footer.repaired.vhd');
});
