import { mkdir, readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '../fixtures.ts';
import { FOLDS, fileHash, foldImages, guestHash } from '../images/folds.ts';
import { PlatterWindow } from '../pages/window.ts';
import { Wizard } from '../pages/wizard.ts';

test('siblings are named and block in place; a new file reads as the child did', async ({ place, start }) => {
  const { middle, sibling, base } = await foldImages(place.served, 'base', 'middle', 'sibling');
  const before = { guest: await guestHash(middle), sibling: await guestHash(sibling), base: await fileHash(base) };
  const window = new PlatterWindow(await start(place.served));
  await window.chains.select(FOLDS.middle);
  await window.image.getByRole('button', { name: 'What can be done with this image' }).click();
  await window.page.getByRole('menuitem', { name: /^Coalesce into parent/ }).click();
  const wizard = new Wizard(window.page, 'Coalesce');
  await expect(wizard.dialog.getByRole('heading', { level: 3 }).first()).toContainText('goes into');
  await wizard.next(/^Who else/, 'Who else');
  const readers = wizard.dialog.getByRole('table', { name: 'Who reads from the parent' });
  await expect(readers.getByRole('row').filter({ hasText: FOLDS.sibling })).toContainText('would be destroyed');
  await wizard.next(/^How/, 'How');
  await expect(wizard.radio('In place')).toBeDisabled();
  await expect(wizard.dialog).toContainText('sibling.vhd is a sibling');
  await wizard.button(/^Write a new file/).click();
  await wizard.step('Proof').waitFor();
  await expect(wizard.dialog).toContainText('the hashes are equal');
  await expect(wizard.dialog).toContainText(before.guest);
  const made = join(place.served, 'middle.folded.vhd');
  expect(await guestHash(made)).toBe(before.guest);
  expect({ guest: before.guest, sibling: await guestHash(sibling), base: await fileHash(base) }).toEqual(before);
  await wizard.button('Open the new file').click();
  await expect(window.image.getByRole('heading', { level: 2 })).toContainText('middle.folded.vhd');
  await expect(window.chains.row('middle.folded.vhd')).not.toHaveAccessibleName(/warning/);
});

test('a whole chain is folded in place, and undo gives every byte back', async ({ place, start }) => {
  const { base, leaf } = await foldImages(place.served, 'base', 'middle', 'leaf');
  const [guest, bytes] = [await guestHash(leaf), await fileHash(base)];
  const window = new PlatterWindow(await start(place.served));
  await window.chains.select(FOLDS.leaf);
  // from the picture of the chain
  await window.showTab('Chain');
  await window.page.getByRole('tree', { name: 'Chain trees' }).focus();
  await window.page.keyboard.press('Shift+F10');
  await window.page.getByRole('menuitem', { name: /^Coalesce into parent/ }).click();
  const wizard = new Wizard(window.page, 'Coalesce');
  await wizard.radio(`Fold into ${FOLDS.base}`).check();
  await expect(wizard.dialog).toContainText('With it goes all that is between them: middle.vhd.');
  await wizard.next(/^Who else/, 'Who else');
  await expect(wizard.dialog.getByRole('row').filter({ hasText: FOLDS.middle })).toContainText('loses its view');
  await wizard.next(/^How/, 'How');
  await wizard.radio('In place').check();
  await expect(wizard.button(/^Fold in place/)).toBeDisabled();
  await wizard.dialog.getByRole('checkbox', { name: /^Unlock base\.vhd/ }).check();
  await wizard.dialog.getByRole('checkbox', { name: /^Move leaf\.vhd into the journal/ }).check();
  await wizard.button(/^Fold in place/).click();
  await wizard.step('Proof').waitFor();
  await expect(wizard.dialog).toContainText(guest);
  expect(await guestHash(base)).toBe(guest);
  expect(await fileHash(base)).not.toBe(bytes);
  await expect(window.chains.row(FOLDS.leaf)).toHaveCount(0);
  await wizard.button('Undo').click();
  await expect(wizard.dialog).toContainText('It is taken back');
  expect([await fileHash(base), await guestHash(leaf)]).toEqual([bytes, guest]);
  // the keyboard is not lost with the button that was pressed
  await window.page.keyboard.press('Escape');
  await expect(wizard.dialog).toHaveCount(0);
});

test('a coalesce that is cancelled leaves everything as it was', async ({ place, start }) => {
  const { wide, wideLeaf } = await foldImages(place.served, 'wide', 'wideLeaf');
  const before = [await fileHash(wide), await fileHash(wideLeaf)];
  const window = new PlatterWindow(await start(place.served));
  await window.chains.select(FOLDS.wideLeaf);
  await window.command('Coalesce into its parent');
  const wizard = new Wizard(window.page, 'Coalesce');
  await wizard.next(/^Who else/, 'Who else');
  await wizard.next(/^How/, 'How');
  await wizard.radio('In place').check();
  await wizard.dialog.getByRole('checkbox', { name: /^Unlock/ }).check();
  await wizard.button(/^Fold in place/).click();
  // how far it is, how fast, and how long it still takes
  const phases = wizard.dialog.getByRole('list', { name: 'Phases' });
  await expect(phases.getByRole('listitem').first()).toContainText(/%.*\/s.*left/);
  // closing asks first
  await window.page.keyboard.press('Escape');
  await expect(wizard.dialog.getByRole('alert')).toContainText('It is being written.');
  await wizard.button('Stay').click();
  await wizard.button('Cancel').click();
  await expect(wizard.dialog).toContainText('It was cancelled: everything is as it was.');
  expect([await fileHash(wide), await fileHash(wideLeaf)]).toEqual(before);
  expect((await readdir(place.served)).sort()).toEqual([FOLDS.wideLeaf, FOLDS.wide].sort());
  await window.page.keyboard.press('Escape');
  await expect(window.chains.row(FOLDS.wideLeaf)).toBeVisible();
});

test('pairs that can be coalesced are listed with gain and cost', async ({ place, start }) => {
  await foldImages(place.served, 'base', 'middle', 'leaf');
  const window = new PlatterWindow(await start(place.served));
  await window.chains.row(FOLDS.leaf).waitFor();
  await window.menu('What can be coalesced…');
  const list = window.dialog('What can be coalesced');
  await expect(list.getByRole('row')).toHaveCount(3);
  const leaf = list.getByRole('row').filter({ hasText: FOLDS.leaf });
  await expect(leaf).toContainText('MiB');
  await leaf.getByRole('button', { name: 'Coalesce…' }).click();
  await expect(new Wizard(window.page, 'Coalesce').dialog).toContainText('leaf.vhd goes into middle.vhd');
});

test('a disk is exported and proved; what a missing parent would hold only when asked', async ({ place, start }) => {
  const { leaf } = await foldImages(place.served, 'base', 'middle', 'leaf', 'lost');
  const guest = await guestHash(leaf);
  const window = new PlatterWindow(await start(place.served));
  await window.chains.select(FOLDS.leaf);
  await window.command('Export the disk');
  const wizard = new Wizard(window.page, 'Export');
  await wizard.next(/^Format/, 'Format');
  await wizard.button(/^Write the new file/).click();
  await wizard.step('Proof').waitFor();
  await expect(wizard.dialog).toContainText(guest);
  // a raw file is the guest's disk, byte for byte
  expect(await fileHash(join(place.served, 'leaf.export.raw'))).toBe(guest);
  await window.page.keyboard.press('Control+Enter');
  await expect(wizard.dialog).toHaveCount(0);

  await window.chains.select(FOLDS.lost);
  await window.command('Export the disk');
  await expect(wizard.button(/^Format/)).toBeDisabled();
  await wizard.dialog.getByRole('checkbox', { name: /^Write zeros/ }).check();
  await wizard.next(/^Format/, 'Format');
  await wizard.radio('Dynamic VHD').check();
  await wizard.button(/^Write the new file/).click();
  await wizard.step('Proof').waitFor();
  await expect(wizard.dialog.getByRole('region', { name: 'Proof' })).toContainText('Written as zeros');
  await wizard.button('Undo').click();
  await expect(wizard.dialog).toContainText('It is taken back');
  expect(await readdir(place.served)).not.toContain('lost.export.vhd');
});

test('a child is relinked to the parent that was moved; another id needs a reason', async ({ place, start }) => {
  const { lost, found, base } = await foldImages(place.served, 'lost', 'found', 'base');
  const moved = join(place.served, 'old', FOLDS.found);
  await mkdir(join(place.served, 'old'));
  await rename(found, moved);
  const bytes = await fileHash(lost);
  const window = new PlatterWindow(await start(lost));
  await window.panel.getByRole('button', { name: 'Relink…' }).click();
  const wizard = new Wizard(window.page, 'Relink');
  await expect(wizard.dialog).toContainText('No file here has the parent’s id');

  // a file with another id is taken only with a reason
  const another = wizard.dialog.getByRole('textbox', { name: 'Another file' });
  await another.fill(base);
  await another.press('Enter');
  await expect(wizard.dialog).toContainText('another id');
  await expect(wizard.button(/^Preview/)).toBeDisabled();
  await wizard.dialog.getByRole('textbox', { name: 'Why it is the right parent' }).fill('it was restored');
  await expect(wizard.button(/^Preview/)).toBeEnabled();

  const folder = wizard.dialog.getByRole('textbox', { name: 'Another folder' });
  await folder.fill(join(place.served, 'old'));
  await folder.press('Enter');
  await wizard.radio(FOLDS.found).check();
  await expect(wizard.dialog).toContainText('the right id');
  await wizard.next(/^Preview/, 'Preview');
  await wizard.radio('In place').check();
  await wizard.dialog.getByRole('checkbox', { name: /^Unlock/ }).check();
  await wizard.button(/^Relink in place/).click();
  await wizard.step('Result').waitFor();
  await expect(wizard.dialog).toContainText('It names renamed.vhd now');
  // whoever reads it finds its parent
  expect(await guestHash(lost)).toMatch(/^[0-9a-f]{64}$/);
  await wizard.button('Undo').click();
  await expect(wizard.dialog).toContainText('It is taken back');
  expect(await fileHash(lost)).toBe(bytes);
});
