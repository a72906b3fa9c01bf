import { open } from 'node:fs/promises';
import { expect, test } from '../fixtures.ts';
import { disks } from '../images/disks.ts';
import { DiskTab } from '../pages/disk.ts';
import { PlatterWindow } from '../pages/window.ts';

test('a LUN whose table is wiped shows its volume, and what ESX would make of it', async ({ place, start }) => {
  const { lun } = await disks(place.served, 'lun');
  const window = new PlatterWindow(await start(lun));
  await window.showTab('Disk');
  const disk = new DiskTab(window.page);
  await expect(disk.panel).toContainText('No partition table');
  await expect(disk.panel).toContainText('ss2-cstar-zs0.2 (VMFS-3)', { timeout: 30_000 });
  await disk.button('Show the volume').click();
  const panel = window.panel;
  await expect(panel).toContainText('49716cd8-ebcbbf9a-6792-000d60d46e2e');
  await expect(panel).toContainText('00:0d:60:d4:6e:2e');
  await expect(panel).toContainText('vml.0200030000600144f07ed404000000496ff8cd0003434f4d535441');

  const presented = panel.getByRole('textbox', { name: 'How the disk is presented' });
  await presented.fill('vml.0200030000600144f07ed404000000496ff8cd0003434f4d535441');
  await panel.getByRole('button', { name: 'Compare' }).click();
  await expect(panel).toContainText('ESX mounts it', { timeout: 30_000 });
  await presented.fill('naa.600144f07ed404000000496ff8cd0004');
  await presented.press('Enter');
  await expect(panel).toContainText('ESX takes it for a snapshot', { timeout: 30_000 });
  await expect(panel).toContainText('esxcli storage vmfs snapshot resignature');
});

/** The first sector of a file. */
async function firstSector(path: string): Promise<Buffer> {
  const file = await open(path);
  try {
    return (await file.read(Buffer.alloc(512), 0, 512, 0)).buffer;
  } finally {
    await file.close();
  }
}

test('the table of the LUN is written back in place from what its volume says, and taken back', async ({
  place,
  start,
}) => {
  const { lun } = await disks(place.served, 'lun');
  const window = new PlatterWindow(await start(lun));
  await window.showTab('Disk');
  const disk = new DiskTab(window.page);
  await disk.button('Rebuild partition table…').click({ timeout: 30_000 });
  const wizard = window.dialog('Rebuild partition table');
  const proposed = wizard.getByRole('table', { name: 'Proposed partitions' });
  await expect(proposed).toContainText('209,712,509', { timeout: 30_000 });
  await expect(proposed).toContainText('certain');
  await wizard.getByRole('button', { name: /^Preview…/ }).click();
  await expect(wizard).toContainText('VMware VMFS');
  await wizard.getByRole('radio', { name: 'In place' }).check();
  await expect(wizard.getByRole('button', { name: /^Write the table in place/ })).toBeDisabled();
  await wizard.getByRole('checkbox', { name: /^Unlock/ }).check();
  await wizard.getByRole('button', { name: /^Write the table in place/ }).click();
  await expect(wizard).toContainText('The table is written');
  const entry = (await firstSector(lun)).subarray(446, 462);
  expect([entry[4], entry.readUInt32LE(8), entry.readUInt32LE(12)]).toEqual([0xfb, 128, 209_712_382]);
  // what is behind the wizard knows already
  await expect(disk.table).toContainText('VMware VMFS');
  await wizard.getByRole('button', { name: 'Undo' }).click();
  await expect(wizard).toContainText('It is taken back');
  expect((await firstSector(lun)).every((byte) => byte === 0)).toBe(true);
  await wizard
    .getByRole('button', { name: /^Close/ })
    .last()
    .click();
  await expect(disk.panel).toContainText('No partition table');
});
