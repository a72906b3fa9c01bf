import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '../fixtures.ts';
import { disks, LOGICAL_TEXT } from '../images/disks.ts';
import { DiskTab } from '../pages/disk.ts';
import { PlatterWindow } from '../pages/window.ts';

test('an MBR with a chain of extended records: bar, table, map and bytes go together', async ({ place, start }) => {
  const { mbr } = await disks(place.served, 'mbr');
  const window = new PlatterWindow(await start(mbr));
  await window.showTab('Disk');
  const disk = new DiskTab(window.page);
  await expect(disk.panel).toContainText('MBR and 2 extended records');
  const text = await disk.table.getByRole('row').allInnerTexts();
  const cells = text.slice(1).map((row) =>
    row
      .split('\t')
      .slice(0, 4)
      .map((cell) => cell.trim().replace(/\s+/g, ' ')),
  );
  expect(cells).toEqual([
    ['1', '0x83 Linux', '2,048', '100,047'],
    ['', 'not allocated', '100,048', '119,999'],
    ['2', '0x0f extended, LBA', '120,000', '319,999'],
    ['5', '0x83 Linux', '122,048', '182,047'],
    ['', 'not allocated', '182,048', '202,047'],
    ['6', expect.stringMatching(/^0x82 Linux swap/), '202,048', '292,047'],
    ['', 'not allocated', '292,048', '319,999'],
    ['', 'not allocated', '320,000', '329,999'],
    ['3', expect.stringMatching(/^0x07 NTFS/), '330,000', '369,999'],
    ['', 'not allocated', '370,000', '399,999'],
  ]);

  await disk.row('6').click();
  await expect(disk.bytes()).toContainText(LOGICAL_TEXT.slice(0, 16));
  await expect(disk.bar.getByRole('option', { selected: true })).toContainText('6');
  await expect(window.inspector).toContainText('LBA 202,048 – 292,047');

  // from the bytes to the table
  const goTo = disk.panel.getByRole('textbox', { name: /^Go to offset/ });
  await goTo.fill('3000s');
  await goTo.press('Enter');
  await expect(disk.selected).toContainText('2,048');

  // along the bar with the keys alone
  await disk.bar.focus();
  await window.page.keyboard.press('Home');
  await expect(disk.bar.getByRole('option', { selected: true })).toHaveText('MBR');
  await window.page.keyboard.press('ArrowRight');
  await window.page.keyboard.press('ArrowRight');
  await expect(disk.selected).toContainText('not allocated');
});

test('a GPT shows its backup; a partition opens as a disk of its own, and is saved with its hash', async ({
  place,
  start,
}) => {
  const { gpt, mbr } = await disks(place.served, 'gpt', 'mbr');
  const window = new PlatterWindow(await start(place.served));
  await window.chains.select('gpt.raw');
  await window.showTab('Disk');
  const disk = new DiskTab(window.page);
  await expect(disk.panel).toContainText('GPT with its backup');
  await expect(disk.bar.getByRole('option', { name: 'Backup' })).toBeVisible();
  await expect(disk.row('2')).toContainText('VMware VMFS');
  expect(gpt).toContain('gpt.raw');

  await window.chains.select('mbr-extended.raw');
  await disk.row('6').click();
  await window.page.keyboard.press('Enter');
  const bytes = disk.bytes('Bytes of partition 6');
  await expect(bytes).toContainText(LOGICAL_TEXT.slice(0, 16));
  await expect(bytes.getByRole('row').filter({ hasText: '73 65 63 6f 6e 64' }).getByRole('rowheader')).toHaveText(
    /^0+$/,
  );
  await disk.button('Save…').click();
  const dialog = window.dialog('Save partition 6');
  await dialog.getByRole('button', { name: 'Save the partition' }).click();
  await expect(dialog).toContainText('It is written and read back.');
  const saved = await readFile(join(place.served, 'mbr-extended.partition-6.raw'));
  const whole = await readFile(mbr);
  expect(saved.equals(whole.subarray(202_048 * 512, 292_048 * 512))).toBe(true);
  await expect(dialog).toContainText(createHash('sha256').update(saved).digest('hex'));
  await dialog.getByRole('button', { name: 'Close' }).last().click();
  await disk.button('Whole disk').click();
  await expect(disk.table).toBeVisible();
});
