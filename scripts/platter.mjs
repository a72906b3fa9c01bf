// npm run -s platter -- ARGS: the command line from a checkout. Builds it first when it is stale; stdout is the program's own.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { buildIfStale } from './build.mjs';
import { callersFolder } from './caller.mjs';
import { root } from './entries.mjs';

const folder = callersFolder('platter');
// only one command needs the screens
const built = await buildIfStale({ nodeOnly: process.argv[2] !== 'serve' });
const program = join(root, 'dist', 'cli.js');
if (built !== 0 || !existsSync(program)) {
  process.stderr.write('platter: the build failed\n');
  process.exit(70);
}
process.chdir(folder);
process.argv[1] = program;
await import(pathToFileURL(program).href);
