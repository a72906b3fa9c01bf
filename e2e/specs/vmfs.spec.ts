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
