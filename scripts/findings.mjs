// Writes docs/findings.md anew from core/findings/catalogue. Its test makes the page, since only the tests can run
// TypeScript from a checkout.
import { spawnSync } from 'node:child_process';
import { root } from './entries.mjs';

const { status } = spawnSync('npx', ['vitest', 'run', 'core/findings/help-page.test.ts', '--update'], {
  cwd: root,
  stdio: 'inherit',
});
process.exitCode = status ?? 1;
