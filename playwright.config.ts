import { defineConfig, type Project } from '@playwright/test';
import { chromium } from './e2e/browser.ts';
import { electronBinary, noWindowReason } from './scripts/electron.mjs';

const browser = chromium();
const noElectron =
  noWindowReason() ?? (electronBinary() === undefined ? "Electron's binary is not installed" : undefined);
// Workers load this file again; only the run itself says it.
if (noElectron !== undefined && process.env['TEST_WORKER_INDEX'] === undefined) {
  console.log(`The electron project is left out: ${noElectron}.`);
}

const use: Project['use'] = {
  browserName: 'chromium',
  headless: true,
  viewport: { width: 1440, height: 900 },
  permissions: ['clipboard-read', 'clipboard-write'],
  launchOptions: {
    ...(browser.executablePath === undefined ? {} : { executablePath: browser.executablePath }),
    args: browser.args,
    env: browser.env,
  },
};
const hosts = noElectron === undefined ? ['web', 'electron'] : ['web'];

export default defineConfig({
  testDir: 'e2e/specs',
  outputDir: 'test-results',
  fullyParallel: true,
  forbidOnly: process.env['CI'] !== undefined,
  retries: 0,
  workers: 2,
  timeout: 60_000,
  expect: { timeout: 10_000 },
  reporter: 'list',
  use: { ...use, actionTimeout: 10_000, trace: 'retain-on-failure', screenshot: 'only-on-failure' },
  projects: hosts.map((name) => ({ name })),
});
