import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'vite';
import { vi } from 'vitest';
import { client } from '../../../app/rpc/client.ts';
import { messagePortPipe } from '../../../app/rpc/message-port.ts';
import { root } from '../../../scripts/entries.mjs';
import type * as Paths from '../paths.ts';
import { standInElectron } from './electron.ts';

const INDEX = '<!doctype html><html><head><title>Platter</title></head><body></body></html>';
const OUTSIDE = 'nobody asked for this';

let preloadCode: Promise<string> | undefined;

/** The preload as the build makes it: one CommonJS file. */
function builtPreload(): Promise<string> {
  preloadCode ??= build({ configFile: join(root, 'vite.preload.config.ts'), build: { write: false } }).then((made) => {
    const outputs = [made].flat().flatMap((one) => ('output' in one ? one.output : []));
    const [file, ...others] = outputs;
    if (file?.type !== 'chunk' || others.length > 0) throw new Error('the preload is not one file');
    return file.code;
  });
  return preloadCode;
}

export interface StartOptions {
  /** What follows the program on its command line. */
  args?: string[];
  /** False: another instance runs already. */
  first?: boolean;
  packaged?: boolean;
  /** False: the page has no preload, and a test asks in its place. */
  asksForPort?: boolean;
  /** Called when the entry has run and the app is not ready yet. */
  early?: (electron: ReturnType<typeof standInElectron>) => void;
}

/** Runs the real entry against a stand-in until its page has loaded; the page's files and all state are in a new folder. */
export async function startDesktop(options: StartOptions = {}) {
  const { args = [], first = true, packaged = false, asksForPort = true, early } = options;
  const folder = await mkdtemp(join(tmpdir(), 'platter-desktop-'));
  const pageFolder = join(folder, 'dist', 'renderer');
  await mkdir(join(pageFolder, 'assets'), { recursive: true });
  await writeFile(join(pageFolder, 'index.html'), INDEX);
  await writeFile(join(pageFolder, 'assets', 'index.js'), '"page"');
  for (const name of ['.hidden.js', 'C:odd.js']) await writeFile(join(pageFolder, name), OUTSIDE);
  await writeFile(join(folder, 'dist', 'worker.js'), OUTSIDE);

  const electron = standInElectron({ preload: asksForPort ? await builtPreload() : '' });
  electron.app.gotLock = first;
  electron.app.isPackaged = packaged;
  vi.resetModules();
  vi.doMock('electron', () => electron.module);
  const { worker } = await vi.importActual<typeof Paths>('../paths.ts');
  vi.doMock('../paths.ts', () => ({ preload: '/dist/electron/preload.cjs', pageFolder, worker }));
  vi.stubEnv('PLATTER_STATE', join(folder, 'state'));
  const argv = process.argv;
  process.argv = packaged ? ['/opt/platter', ...args] : ['electron', 'main.js', ...args];
  await import('../main.ts').finally(() => (process.argv = argv));
  early?.(electron);
  electron.app.becomeReady();
  await vi.waitFor(() => {
    if (first && electron.windows.at(-1)?.webContents.mainFrame.origin !== 'app://platter') throw new Error('no page');
  });

  const window = () => {
    const last = electron.windows.at(-1);
    if (last === undefined) throw new Error('no window was opened');
    return last;
  };
  return {
    ...electron,
    folder,
    window,
    page: () => window().webContents.mainFrame,
    /** The page's client over the port it was handed. */
    client: async () => client(messagePortPipe(await window().webContents.mainFrame.port())),
    async stop() {
      if (first) {
        electron.app.quit();
        await electron.app.end();
      }
      vi.doUnmock('electron');
      vi.doUnmock('../paths.ts');
      vi.unstubAllEnvs();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export type Desktop = Awaited<ReturnType<typeof startDesktop>>;
