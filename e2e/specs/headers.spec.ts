import { mkdir, open, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { writeSparse } from '../../core/io/node/sparse.ts';
import { FILE_SYSTEMS } from '../../core/testing/file-systems.ts';
import { vmfsDisk } from '../../core/testing/vmfs.ts';
import { expect, test } from '../fixtures.ts';
import { DiskTab } from '../pages/disk.ts';
import { PlatterWindow } from '../pages/window.ts';

const MIB = 1024 ** 2;

async function accessible(page: Page, name: string): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect
    .soft(
      violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`),
      name,
    )
    .toEqual([]);
}

/** Zeros over the first bytes of a file. */
async function wipe(path: string, length: number): Promise<void> {
  const file = await open(path, 'r+');
  try {
    await file.write(Buffer.alloc(length), 0, length, 0);
  } finally {
    await file.close();
  }
}

test('headers are backed up; when table and volume are wiped they are restored in place, and that is taken back', async ({
  place,
  start,
}) => {
  const folder = join(place.served, 'san');
  const lun = join(folder, 'lun.raw');
  await mkdir(folder);
  await writeSparse(lun, vmfsDisk({ start: 2 * MIB, totalBytes: 44 * MIB, version: 5 }, { size: 48 * MIB }));
  const whole = await readFile(lun);
  const window = new PlatterWindow(await start(lun));
  await window.showTab('Disk');
  const disk = new DiskTab(window.page);
  await expect(disk.table).toContainText('VMware VMFS');

  await disk.button('What can be done with the table').click();
  await window.page.getByRole('menuitem', { name: 'Back up headers…' }).click();
  const backup = window.dialog('Back up headers');
  await backup.getByRole('button', { name: 'Back up', exact: true }).click();
  await expect(backup).toContainText('VMFS headers and metadata from 2097152');
  await backup.getByRole('button', { name: 'Close' }).last().click();
  const [made = ''] = await readdir(join(folder, 'header-backups'));
  expect(made).toMatch(/^lun\.raw-/);

  await wipe(lun, 26 * MIB);
  const wiped = await readFile(lun);
  await window.command('Read the folders again');
  await expect(disk.panel).toContainText('No partition table');

  await disk.button('Restore headers…').click();
  const wizard = window.dialog('Restore headers');
  await expect(wizard.getByRole('radiogroup', { name: 'Backup' })).toContainText(made);
  const held = wizard.getByRole('table', { name: 'What it holds' });
  await expect(held.getByRole('row')).toHaveCount(4);
  await expect(held).toContainText('the same');
  await wizard.getByRole('button', { name: /^Preview…/ }).click();
  await expect(wizard).toContainText('3 MiB are moved from the backup');
  await wizard.getByRole('radio', { name: 'In place' }).check();
  await expect(wizard.getByRole('button', { name: /^Write the headers in place/ })).toBeDisabled();
  await wizard.getByRole('checkbox', { name: /^Unlock/ }).check();
  await wizard.getByRole('button', { name: /^Write the headers in place/ }).click();
  await expect(wizard).toContainText('The headers are restored');
  expect(Buffer.compare(await readFile(lun), whole)).toBe(0);
  // what is behind the wizard knows already
  await expect(disk.table).toContainText('VMware VMFS');
  await wizard.getByRole('button', { name: 'Undo' }).click();
  await expect(wizard).toContainText('It is taken back');
  expect(Buffer.compare(await readFile(lun), wiped)).toBe(0);
});

test('a file with the first sectors is restored to a copy, and what is no backup is refused', async ({
  place,
  start,
}) => {
  const lun = join(place.served, 'lun.raw');
  const saved = join(place.served, 'vmfsheader-bu-lun.hex');
  await writeSparse(lun, vmfsDisk({ start: 2 * MIB, totalBytes: 44 * MIB, version: 5 }, { size: 48 * MIB }));
  const whole = await readFile(lun);
  await writeFile(saved, whole.subarray(0, 2 * MIB));
  await wipe(lun, 512);
  const window = new PlatterWindow(await start(lun));
  await window.command('Restore headers from a backup…');
  const wizard = window.dialog('Restore headers');
  const field = wizard.getByRole('textbox', { name: 'Folder of the backup, or file' });
  await field.fill(lun);
  await field.press('Enter');
  await expect(wizard).toContainText('begins with no partition table');
  await accessible(window.page, 'refused');
  await field.fill(saved);
  await wizard.getByRole('button', { name: 'Read it' }).click();
  await expect(wizard.getByRole('table', { name: 'What it holds' })).toContainText('bytes differ');
  await accessible(window.page, 'planned');
  await wizard.getByRole('button', { name: /^Preview…/ }).click();
  await expect(wizard).toContainText('The file says nothing of the disk it was made of');
  await accessible(window.page, 'preview');
  await wizard.getByRole('button', { name: /^Write copy with these headers/ }).click();
  await expect(wizard).toContainText('The headers are restored');
  expect(Buffer.compare(await readFile(join(place.served, 'lun.restored.raw')), whole)).toBe(0);
});

test('another file system is overwritten only when that loss is accepted', async ({ place, start }) => {
  const lun = join(place.served, 'lun.raw');
  const saved = join(place.served, 'first.hex');
  const whole = vmfsDisk({ start: 2 * MIB, totalBytes: 44 * MIB, version: 5 }, { size: 48 * MIB });
  await writeSparse(lun, whole);
  await writeFile(saved, (await readFile(lun)).subarray(0, MIB));
  await wipe(lun, 48 * MIB);
  const file = await open(lun, 'r+');
  for (const { at, bytes } of FILE_SYSTEMS['XFS']?.().image.extents ?? []) await file.write(bytes, 0, bytes.length, at);
  await file.close();
  const window = new PlatterWindow(await start(lun));
  await window.command('Restore headers from a backup…');
  const wizard = window.dialog('Restore headers');
  await wizard.getByRole('textbox', { name: 'Folder of the backup, or file' }).fill(saved);
  await wizard.getByRole('button', { name: 'Read it' }).click();
  await wizard.getByRole('button', { name: /^Preview…/ }).click();
  await expect(wizard).toContainText('its superblock too: XFS “data” at 0x0');
  const write = wizard.getByRole('button', { name: /^Write copy with these headers/ });
  await expect(write).toBeDisabled();
  await accessible(window.page, 'loss');
  await wizard.getByRole('checkbox', { name: 'Accept the loss' }).check();
  await write.click();
  await expect(wizard).toContainText('The headers are restored');
});
