import { realpathSync } from 'node:fs';
import { root } from './entries.mjs';

/** Where the user was: npm moves to the package's folder before it runs a script, and says in INIT_CWD where it came from. */
export function callersFolder(script) {
  const here = process.cwd();
  const from = process.env['INIT_CWD'];
  const byNpm = process.env['npm_lifecycle_event'] === script && realpathSync(here) === realpathSync(root);
  return byNpm && from !== undefined && from !== '' ? from : here;
}
