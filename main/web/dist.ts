import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of built files: the one this program runs from, or the checkout's `dist` when it runs from its sources. */
export function builtFolder(from = import.meta.url): string {
  for (let folder = path.dirname(fileURLToPath(from)); ; ) {
    for (const candidate of [folder, path.join(folder, 'dist')])
      if (existsSync(path.join(candidate, 'worker.js'))) return candidate;
    const above = path.dirname(folder);
    if (above === folder) throw new Error('the built files are not there: run npm run build');
    folder = above;
  }
}
