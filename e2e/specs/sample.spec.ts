import { readdir } from 'node:fs/promises';
import { expect, test } from '../fixtures.ts';
import { PlatterWindow } from '../pages/window.ts';

test('a newcomer opens the sample case and sees what is whole and what is broken', async ({ place, start }) => {
  const window = new PlatterWindow(await start());
  await expect(window.page.getByRole('heading', { name: 'Nothing is open' })).toBeVisible();
  await window.page.getByRole('button', { name: 'Open the sample case' }).click();
  const labels = () => window.chains.labels();
  // a healthy chain of three, a template with three children, a moved parent, three broken footers, a raw disk
  await expect.poll(async () => (await labels()).filter((label) => label.includes('error')).length).toBeGreaterThan(2);
  await expect(window.chains.grid.locator('[aria-level="3"]')).toHaveCount(1);
  await expect.poll(async () => (await labels()).some((label) => /^router01\.raw,.*raw/.test(label))).toBe(true);
  await expect(window.chains.grid.getByRole('img', { name: /another place/ })).toHaveCount(1);

  await window.chains.grid.getByRole('row', { name: /error/ }).first().click();
  await expect(window.panel).toContainText(/footer/i);
  await window.showTab('Findings');
  await expect(window.panel).toContainText('vhd-util');
  await window.showTab('Chain');
  await expect(window.panel.getByRole('tree', { name: 'Chain trees' }).getByRole('treeitem')).not.toHaveCount(0);
  // what the program makes is in its own folder
  expect(await readdir(place.served)).toEqual([]);
  expect(await readdir(place.state)).toContain('sample');
});

test('the sample is built anew each time, so that nothing done to it stays', async ({ start }) => {
  const window = new PlatterWindow(await start());
  await window.page.getByRole('button', { name: 'Open the sample case' }).click();
  await expect.poll(() => window.chains.labels()).not.toEqual([]);
  const before = await window.chains.labels();
  await window.menu('Open the sample case');
  await expect.poll(() => window.chains.labels()).toEqual(before);
});
