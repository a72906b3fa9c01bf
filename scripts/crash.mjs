// npm run crash: kills repair, coalesce and export 200 times each at random moments and checks that nothing is ever in between.
import { spawnSync } from 'node:child_process';

const env = { PLATTER_KILLS: '200', ...process.env };
for (const args of [
  ['scripts/build.mjs', '--node-only', '--if-stale'],
  ['node_modules/vitest/vitest.mjs', 'run', 'main/cli/kill.test.ts'],
]) {
  const { status } = spawnSync(process.execPath, args, { env, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}
