import { join } from 'node:path';
import { expect, test } from '../fixtures.ts';
import { NAMES, smallRepository } from '../images/images.ts';
import { StructuresTab } from '../pages/structures.ts';
import { PlatterWindow } from '../pages/window.ts';

test('every structure of a file is listed in its order, gaps included', async ({ place, start }) => {
  await smallRepository(place.served);
  const window = new PlatterWindow(await start(join(place.served, NAMES.leaf)));
  await window.showTab('Structures');
  const structures = new StructuresTab(window.page);
  await expect(structures.parts).toContainText([
    'Footer copy',
    'Dynamic header',
    'BAT',
    'Batmap',
    'Batmap bits',
    'Locator 1',
    'Locator 2',
    'Locator 3',
    'gap',
    'block',
    'Footer',
  ]);
  for (const part of ['Dynamic header', 'BAT', 'Batmap', 'Locator 1', 'Footer copy']) await structures.choose(part);
});

test('a field lights its bytes, and a byte its field', async ({ place, start }) => {
  await smallRepository(place.served);
  const window = new PlatterWindow(await start(join(place.served, NAMES.leaf)));
  await window.showTab('Structures');
  const structures = new StructuresTab(window.page);
  await structures.choose('Footer');
  await structures.field('diskType').click();
  await expect.poll(() => structures.lit()).toEqual(['00 00 00 04', '']);
  await expect(structures.field('diskType')).toHaveAttribute('aria-selected', 'true');
  await expect(window.inspector).toContainText('diskType');

  const line = structures.bytes.getByRole('row', { name: /^403010/ });
  await line.getByText('74 61 70').click({ position: { x: 4, y: 8 } });
  await expect(structures.field('creatorApplication')).toHaveAttribute('aria-selected', 'true');
  await expect(window.inspector).toContainText('creatorApplication');
});

test('footer and copy are compared, and F7 walks their differences', async ({ place, start }) => {
  await smallRepository(place.served);
  const window = new PlatterWindow(await start(join(place.served, NAMES.differs)));
  await window.showTab('Structures');
  const structures = new StructuresTab(window.page);
  await structures.choose('Footer');
  const walked: string[] = [];
  for (let step = 0; step < 3; step += 1) {
    await window.page.keyboard.press('F7');
    const row = structures.panel.getByRole('grid', { name: 'Fields' }).locator('[aria-selected="true"]');
    walked.push(await row.getByRole('gridcell').first().innerText());
  }
  expect(walked).toEqual(['timeStamp', 'checksum', 'hidden']);
  await expect(structures.field('hidden')).not.toContainText('same');
  await expect(structures.field('uniqueId')).toContainText('same');
});

test('a footer that is gone is shown where it belongs', async ({ place, start }) => {
  await smallRepository(place.served);
  const window = new PlatterWindow(await start(join(place.served, NAMES.zeroed)));
  await expect(window.panel).toContainText('footer');
  await window.showTab('Structures');
  const structures = new StructuresTab(window.page);
  await expect(structures.part('Footer')).toHaveAccessibleName(/missing|error/);
  await structures.choose('Footer copy');
  await expect(structures.field('cookie')).toContainText('conectix');
});
