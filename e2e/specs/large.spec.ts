import { join } from 'node:path';
import { makeRepository, writeRepository } from '../../core/testing/repository.ts';
import { type App, expect, test } from '../fixtures.ts';
import { BIG, bigDisks } from '../images/images.ts';
import { calmestRound, peakMemory, type Tasks } from '../measure.ts';
import { HexTab } from '../pages/hex.ts';
import { PlatterWindow } from '../pages/window.ts';

/** What is promised: milliseconds of one task of the page, and MiB of the host with its threads. */
const TASK = 100;
const MEMORY = 400;

// Snapshots of a trace are tasks of the page, too.
test.use({ trace: 'off' });

function check(during: string, { ran, took }: Tasks): void {
  test
    .info()
    .annotations.push({ type: during, description: `tasks of ${took.join(', ')} ms, ran ${ran.join(', ')} ms` });
  console.log(during, took, ran);
  expect(ran[0], `${during}: longest task of the page`).toBeLessThan(TASK);
}

async function checkMemory(app: App): Promise<void> {
  for (const pid of app.pids()) {
    const peak = await peakMemory(pid);
    if (peak === null) console.log('The memory of the host is not measured: the system does not tell it.');
    else expect(peak, 'MiB the host had resident at most').toBeLessThan(MEMORY);
    console.log(peak);
  }
}

test('5,000 images open, sort and filter without a stutter', async ({ place, start }) => {
  test.setTimeout(90_000);
  const repository = makeRepository(5000);
  const folder = join(place.served, 'repository');
  await writeRepository(folder, repository);
  const app = await start();
  const window = new PlatterWindow(app);
  const { chains, page } = window;
  await page.getByRole('heading', { name: 'Nothing is open' }).waitFor();

  const opening = await calmestRound(page, async (round) => {
    if (round === 0) await window.openFolder(folder);
    else await window.menu('Read the folders again');
    await expect(chains.panel.getByText('5,000 images', { exact: true })).toBeVisible({ timeout: 30_000 });
    await expect(window.activity).toContainText('No jobs running');
  });
  check('opening', opening);

  const sorting = await calmestRound(page, async () => {
    for (const column of ['On disk', 'Virtual', 'Health', 'Name']) {
      await chains.sortBy(column);
      await expect(chains.grid.getByRole('columnheader', { name: column })).not.toHaveAttribute('aria-sort', 'none');
    }
  });
  check('sorting', sorting);

  const last = repository.files.at(-1)!.name;
  const filtering = await calmestRound(page, async () => {
    await chains.openFilter();
    await chains.filter.pressSequentially(last.slice(0, 8), { delay: 20 });
    await expect(chains.row(last)).toBeVisible();
    await chains.filter.press('Escape');
    await expect(chains.filter).toBeHidden();
  });
  check('filtering', filtering);

  const scrolling = await calmestRound(page, async () => {
    await chains.grid.focus();
    await page.keyboard.press('End');
    await page.keyboard.press('Home');
    await chains.grid.hover();
    for (let turn = 0; turn < 30; turn += 1) await page.mouse.wheel(0, 2600);
  });
  check('scrolling', scrolling);
  await checkMemory(app);
});

for (const [kind, name] of Object.entries(BIG)) {
  test(`the hex view of a ${kind} disk of 2 TiB goes from end to end without a stutter`, async ({ place, start }) => {
    await bigDisks(place.served);
    const app = await start(join(place.served, name));
    const window = new PlatterWindow(app);
    await window.showTab('Hex');
    const hex = new HexTab(app.page);
    await hex.show('Guest disk');
    await expect(hex.line('00000000000')).toContainText('the first sector');
    const moving = await calmestRound(app.page, async () => {
      await hex.grid.hover();
      for (let turn = 0; turn < 20; turn += 1) await app.page.mouse.wheel(0, 1000);
      await hex.goTo('50%');
      await expect(hex.line('10000000000')).toContainText('the middle');
      const bar = (await hex.scrollbar.boundingBox())!;
      const x = bar.x + bar.width / 2;
      await app.page.mouse.move(x, bar.y + bar.height / 2);
      await app.page.mouse.down();
      for (let step = 0; step <= 60; step += 1) await app.page.mouse.move(x, bar.y + (bar.height * step) / 60);
      for (let step = 60; step >= 0; step -= 1) await app.page.mouse.move(x, bar.y + (bar.height * step) / 60);
      await app.page.mouse.up();
      await hex.grid.focus();
      await app.page.keyboard.press('Control+End');
      await expect(hex.line('1fffffffe00')).toContainText('the last sector');
      await app.page.keyboard.press('Control+Home');
      await expect(hex.line('00000000000')).toContainText('the first sector');
    });
    check('moving', moving);
    await checkMemory(app);
  });
}
