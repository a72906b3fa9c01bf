import { mkdir, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { _electron, test as base, type ElectronApplication, expect, type Page } from '@playwright/test';
import { environment, startHost } from './host.ts';
import { Watch } from './watch.ts';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Folders of one test, gone after it. */
export interface Place {
  /** May be opened; tests put images here. */
  served: string;
  /** May not, in the web host. */
  outside: string;
  /** Where the program keeps what is its own. */
  state: string;
}

/** The program with its page, in whichever host the project runs. */
export interface App {
  page: Page;
  host: 'web' | 'electron';
  /** Process ids of the host; its threads are in them. */
  pids(): number[];
  /** Makes the system's next open dialog answer these paths; where there is none, the page has its own. */
  answerDialog(paths: string[]): Promise<void>;
  /** What was copied last. */
  copied(): Promise<string>;
}

interface Fixtures {
  place: Place;
  /** Starts the program with these paths opened, and ends it after the test; fails on any trouble in between. */
  start(...paths: string[]): Promise<App>;
}

export const test = base.extend<Fixtures>({
  place: async ({ playwright: _ }, use) => {
    const folder = await realpath(await mkdtemp(join(tmpdir(), 'platter-e2e-')));
    const place = { served: join(folder, 'served'), outside: join(folder, 'outside'), state: join(folder, 'state') };
    for (const path of Object.values(place)) await mkdir(path);
    await use(place);
    await rm(folder, { recursive: true, force: true });
  },

  start: async ({ place, contextOptions, browser }, use, info) => {
    const ends: (() => Promise<void>)[] = [];
    const web = async (paths: string[]): Promise<App> => {
      const host = await startHost(paths, { home: place.served, state: place.state });
      ends.push(() => host.stop());
      const context = await browser.newContext(contextOptions);
      ends.push(() => context.close());
      const watch = new Watch(context, [new URL(host.address).origin]);
      ends.push(async () => expect(watch.troubles).toEqual([]));
      const page = await context.newPage();
      await page.goto(host.address);
      const pid = host.process.pid;
      return {
        page,
        host: 'web',
        pids: () => (pid === undefined ? [] : [pid]),
        answerDialog: async () => {},
        copied: () => page.evaluate('navigator.clipboard.readText()'),
      };
    };
    const desktop = async (paths: string[]): Promise<App> => {
      const program = await _electron.launch({
        args: [join(root, 'dist', 'electron', 'main.js'), ...paths],
        env: { ...environment({ home: place.served, state: place.state }), ...displayOf(process.env) },
        colorScheme: contextOptions.colorScheme ?? 'light',
      });
      ends.push(() => program.close());
      const watch = new Watch(program.context(), ['app://platter']);
      ends.push(async () => expect(watch.troubles).toEqual([]));
      const page = await program.firstWindow();
      const { pid } = program.process();
      return {
        page,
        host: 'electron',
        pids: () => (pid === undefined ? [] : [pid]),
        answerDialog: (answer) => answerDialog(program, answer),
        copied: () => program.evaluate(({ clipboard }) => clipboard.readText()),
      };
    };
    await use((...paths) => (info.project.name === 'electron' ? desktop(paths) : web(paths)));
    for (const end of ends.reverse()) await end();
  },
});

function displayOf(env: NodeJS.ProcessEnv): Record<string, string> {
  const names = ['DISPLAY', 'WAYLAND_DISPLAY', 'XAUTHORITY', 'XDG_RUNTIME_DIR'];
  return Object.fromEntries(names.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])));
}

async function answerDialog(program: ElectronApplication, paths: string[]): Promise<void> {
  await program.evaluate(({ dialog }, filePaths) => {
    dialog.showOpenDialog = () => Promise.resolve({ canceled: filePaths.length === 0, filePaths });
  }, paths);
}

export { expect };
