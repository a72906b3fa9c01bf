// What the build makes, from which source, and which sources make it stale. One list for the build and the configs.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url)).replace(/[\\/]$/, '');

/** Programs for Node: output name without `.js` → source. */
const nodeEntries = {
  cli: 'main/cli/main.ts',
  'vhd-util': 'main/cli/vhd-util.ts',
  worker: 'app/jobs/worker.ts',
  start: 'main/web/start.ts',
  'electron/main': 'main/electron/main.ts',
};
const preload = 'main/electron/preload.ts';
const page = 'renderer/index.html';

/** Names that the built files carry a `#!` line for. */
export const programs = ['cli', 'vhd-util'];

const here = (path) => existsSync(`${root}/${path}`);

export function presentNodeEntries() {
  return Object.fromEntries(Object.entries(nodeEntries).filter(([, source]) => here(source)));
}
export const hasPreload = () => here(preload);
export const hasPage = () => here(page);
export const missingNodeSources = () => [...Object.values(nodeEntries), preload].filter((source) => !here(source));
export const missingPageSources = () => [page].filter((source) => !here(source));

const config = ['package.json', 'package-lock.json', 'scripts/entries.mjs', 'scripts/build.mjs'];
export const sources = {
  node: ['core', 'app', 'main', 'vite.node.config.ts', 'vite.preload.config.ts', ...config],
  page: ['core', 'app', 'renderer', 'vite.page.config.ts', ...config],
};
