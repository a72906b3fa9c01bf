import { homedir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { threadPool } from '../../app/jobs/pool.ts';
import { createServices } from '../../app/services/services.ts';
import { stateFolder } from '../../app/services/store.ts';
import { failure, refusal } from '../../core/errors.ts';
import { nodeFiles } from '../../core/io/node/files.ts';
import { vhdUtilCheck } from '../vhd-util-check.ts';
import { hasBrowser, openBrowser } from './browser.ts';
import { builtFolder } from './dist.ts';
import { startWebHost } from './host.ts';

export interface ServeOptions {
  /** Files and folders to open; what else may be opened lies in their folders. */
  paths: string[];
  /** What is served where no path is given. */
  fallback: 'home' | 'cwd';
  port: number;
  open: boolean;
  version: string;
  /** Prints a line on stdout. */
  print(line: string): void;
  /** Prints a line on stderr. */
  warn(line: string): void;
}

/** Serves until `signal` is raised. @throws refusal for paths that are not there, failure for a port that is taken. */
export async function runServe(options: ServeOptions, signal: AbortSignal): Promise<void> {
  const { served, open } = await servedFolders(options);
  const built = builtFolder();
  const state = stateFolder();
  const services = createServices({
    host: 'web',
    version: options.version,
    served,
    pool: threadPool(pathToFileURL(path.join(built, 'worker.js'))),
    state,
    log: (message) => options.warn(message),
    vhdUtilCheck,
  });
  try {
    const pages = path.join(built, 'renderer');
    if ((await nodeFiles.info(path.join(pages, 'index.html'))) === null)
      throw failure('gone', 'The screens were not built.', { path: pages, hint: 'Run npm run build.' });
    const web = await startWebHost({ host: services, pages, port: options.port });
    if (open.length > 0) await services.handlers['evidence.openPath']({ paths: open, add: false }, signal);
    const what = [...served, ...(options.paths.length === 0 ? ['the sample case'] : [])];
    options.print(`Platter serves ${what.join(' and ')} at ${web.newAddress()}`);
    options.warn('The address works once. Ctrl-C ends.');
    const opened = options.open && hasBrowser() ? await openBrowser(web.newAddress(), state) : null;
    await new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
    await opened?.cleanUp();
    await web.close();
  } finally {
    await services.close();
  }
}

async function servedFolders({ paths, fallback }: ServeOptions): Promise<{ served: string[]; open: string[] }> {
  if (paths.length === 0) return { served: [fallback === 'home' ? homedir() : process.cwd()], open: [] };
  const served = new Set<string>();
  const open: string[] = [];
  for (const given of paths) {
    const absolute = path.resolve(given);
    const info = await nodeFiles.info(absolute);
    if (!info) throw refusal('not-found', `${absolute}: there is no such file or folder.`, { path: absolute });
    served.add(info.kind === 'folder' ? absolute : path.dirname(absolute));
    open.push(absolute);
  }
  return { served: [...served], open };
}
