// node scripts/pictures.mjs: takes the README's pictures from the sample case, as the screens are now.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const out = join(root, 'docs', 'images');
const folder = join(tmpdir(), 'platter-demo');
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder);
mkdirSync(out, { recursive: true });

const host = spawn(process.execPath, [join(root, 'dist', 'start.js')], {
  env: { ...process.env, PLATTER_STATE: join(folder, 'state'), HOME: folder, TZ: 'UTC' },
  stdio: ['ignore', 'pipe', 'inherit'],
});
const address = await new Promise((resolve) => {
  createInterface(host.stdout).on('line', (line) => {
    const found = /http:\/\/127\.0\.0\.1:\d+\/\?token=\S+/.exec(line)?.[0];
    if (found) resolve(found);
  });
});

// the browser that the end-to-end tests have unpacked; else Playwright's own
const cache = join(root, 'node_modules', '.cache', 'platter');
const executablePath = process.env.PLATTER_CHROMIUM ?? browserIn(cache);
const browser = await chromium.launch({ ...(executablePath && { executablePath }), args: ['--no-sandbox'] });
try {
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 }, deviceScaleFactor: 1 });
  await page.goto(address);
  await page.getByRole('button', { name: 'Open the sample case' }).click();
  const row = page.getByRole('row', { name: /93e6c0c4/ });
  await row.click();
  await page.getByRole('tab', { name: 'Overview' }).click();
  await page
    .getByRole('button', { name: /^Repair/ })
    .first()
    .waitFor();
  await page.screenshot({ path: join(out, 'overview.png') });
  await page.getByRole('row', { name: /5eeb7fce/ }).click();
  await page.getByRole('tab', { name: 'Structures' }).click();
  await page.getByText('17 fields cover all 512 bytes').waitFor();
  await page.screenshot({ path: join(out, 'structures.png') });
  await row.click();
  await page.getByRole('tab', { name: 'Overview' }).click();
  await page
    .getByRole('button', { name: /^Repair/ })
    .first()
    .click();
  await page.getByRole('dialog').waitFor();
  await page.waitForTimeout(500);
  await page.screenshot({ path: join(out, 'repair.png') });
  await page.keyboard.press('Escape');
  // a child of the template that others read from, too
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await page.getByRole('row', { name: /^f6b2c867/ }).click();
  await page.getByRole('button', { name: 'What can be done with this image' }).click();
  await page.getByRole('menuitem', { name: /^Coalesce into parent/ }).click();
  await page.getByRole('button', { name: /^Who else/ }).click();
  await page.getByRole('table', { name: 'Who reads from the parent' }).waitFor();
  await page.waitForTimeout(500);
  await page.screenshot({ path: join(out, 'coalesce.png') });
} finally {
  await browser.close();
  host.kill();
  rmSync(folder, { recursive: true, force: true });
}

function browserIn(folder) {
  if (!existsSync(folder)) return undefined;
  const name = readdirSync(folder).find((entry) => entry.startsWith('chromium-'));
  return name && join(folder, name, 'chromium');
}
