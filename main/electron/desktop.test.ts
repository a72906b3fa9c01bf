import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { buildVhd } from '../../core/formats/vhd/build/build.ts';
import { writeSparse } from '../../core/io/node/sparse.ts';
import { type Desktop, type StartOptions, startDesktop } from './testing/start.ts';

let running: Desktop[] = [];
let images = '';

async function start(options?: StartOptions): Promise<Desktop> {
  const desktop = await startDesktop(options);
  running.push(desktop);
  return desktop;
}

beforeAll(async () => {
  images = await mkdtemp(join(tmpdir(), 'platter-images-'));
  const spec = { kind: 'dynamic' as const, virtualSize: 8 * 1024 * 1024, timeStamp: 7e8 };
  await writeSparse(join(images, 'one.vhd'), buildVhd({ ...spec, id: '00000000-0000-4000-8000-000000000001' }));
  await writeSparse(join(images, 'two.vhd'), buildVhd({ ...spec, id: '00000000-0000-4000-8000-000000000002' }));
  await writeFile(join(images, 'notes.txt'), 'nothing');
  return () => rm(images, { recursive: true });
});

afterEach(async () => {
  for (const desktop of running) await desktop.stop();
  running = [];
});

const one = () => join(images, 'one.vhd');
const two = () => join(images, 'two.vhd');
/** What is open, asked through the page's port. */
const rootsOf = async (desktop: Desktop) =>
  (await (await desktop.client()).call('case.state', {})).roots.map((root) => root.path);

describe('the window', () => {
  it('is sandboxed, isolated and without Node, and shows itself when it has something to show', async () => {
    const { app, window, windows } = await start();
    expect(app.sandboxed).toBe(true);
    expect(windows).toHaveLength(1);
    expect(window().options).toMatchObject({
      show: false,
      backgroundColor: '#eceef1',
      webPreferences: {
        sandbox: true,
        contextIsolation: true,
        nodeIntegration: false,
        nodeIntegrationInSubFrames: false,
        nodeIntegrationInWorker: false,
        webSecurity: true,
        allowRunningInsecureContent: false,
        webviewTag: false,
      },
    });
    expect(window().done).toEqual(['show']);
  });

  it('has no developer tools and no menu entry for them once it is packaged', async () => {
    const { window, menus } = await start({ packaged: true });
    expect(window().options.webPreferences?.devTools).toBe(false);
    expect(JSON.stringify(menus)).not.toContain('toggleDevTools');
  });

  it('follows the theme of the system', async () => {
    const { nativeTheme, window } = await start();
    nativeTheme.shouldUseDarkColors = true;
    nativeTheme.emit('updated');
    expect(window().done.at(-1)).toBe('background #1d2024');
  });

  it('keeps what it stores in the state folder', async () => {
    const { app, folder } = await start();
    expect(app.paths['userData']).toBe(join(folder, 'state', 'window'));
  });

  it('goes nowhere: no other page, no window, no frame, no webview', async () => {
    const { window, page } = await start();
    const contents = window().webContents;
    const before = page();
    const ways = [
      'https://example.org/',
      `file://${one()}`,
      'app://platter/assets/index.js',
      'app://other/',
      'data:text/html,x',
    ];
    for (const url of ways) expect(await contents.navigate(url), url).toBe(false);
    expect(await contents.navigate('app://platter/', { isMainFrame: false })).toBe(false);
    for (const url of [...ways, 'about:blank', 'app://platter/']) expect(contents.opens(url), url).toBe(false);
    const attach = { prevented: false, preventDefault: () => (attach.prevented = true) };
    contents.emit('will-attach-webview', attach);
    expect(attach.prevented).toBe(true);
    expect(page()).toBe(before);
  });

  it('offers to load the page again when its process died, and the services are still there', async () => {
    const error = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    const desktop = await start({ args: [one()] });
    await expect.poll(() => rootsOf(desktop)).toEqual([one()]);
    const dead = desktop.page();
    desktop.window().webContents.crash('crashed');
    await expect.poll(() => desktop.page()).not.toBe(dead);
    expect(error).toHaveBeenCalledWith(expect.stringContaining('crashed (11)'));
    expect(desktop.dialogs).toMatchObject([{ kind: 'message', options: { buttons: ['Load again', 'Close window'] } }]);
    expect(await rootsOf(desktop)).toEqual([one()]);
    error.mockRestore();
  });
});

describe('what the page may do', () => {
  const permissions = [
    'media',
    'geolocation',
    'notifications',
    'openExternal',
    'clipboard-read',
    'fileSystem',
    'usb',
    'hid',
  ];

  it('is denied every permission, except to copy from our own page', async () => {
    const { session } = await start();
    const { permissionRequest, permissionCheck, devicePermission } = session.handlers as Record<
      string,
      (...args: unknown[]) => unknown
    >;
    const asks = (name: string, requestingUrl: string) => {
      const answer = vi.fn();
      permissionRequest?.(null, name, answer, { requestingUrl });
      return answer.mock.calls[0]?.[0];
    };
    for (const name of permissions) {
      expect(asks(name, 'app://platter/'), name).toBe(false);
      expect(permissionCheck?.(null, name, 'app://platter', {}), name).toBe(false);
    }
    expect(asks('clipboard-sanitized-write', 'app://platter/')).toBe(true);
    expect(permissionCheck?.(null, 'clipboard-sanitized-write', 'app://platter/', {})).toBe(true);
    expect(asks('clipboard-sanitized-write', 'https://example.org/')).toBe(false);
    expect(permissionCheck?.(null, 'clipboard-sanitized-write', 'null', {})).toBe(false);
    expect(devicePermission?.({})).toBe(false);
  });

  it('reaches no network', async () => {
    const { app, session } = await start();
    const cancelled = (url: string) => {
      const answer = vi.fn();
      (session.handlers['onBeforeRequest'] as (...args: unknown[]) => void)({ url }, answer);
      return answer.mock.calls[0]?.[0].cancel;
    };
    const away = [
      'https://example.org/',
      'http://127.0.0.1:80/',
      'ws://localhost/',
      'file:///etc/passwd',
      'app://other/',
    ];
    for (const url of away) expect(cancelled(url), url).toBe(true);
    expect(cancelled('app://platter/assets/index.js')).toBe(false);
    expect(app.switches['host-resolver-rules']).toBe('MAP * ~NOTFOUND');
    expect(session.spellChecks).toBe(false);
  });

  it('saves only what it made itself', async () => {
    const { session } = await start();
    const saves = (url: string) => {
      const event = { preventDefault: vi.fn() };
      session.emit('will-download', event, { getURL: () => url });
      return event.preventDefault.mock.calls.length === 0;
    };
    expect(saves('blob:app://platter/0b6e')).toBe(true);
    expect(saves('https://example.org/x.exe')).toBe(false);
    expect(saves('app://platter/index.html')).toBe(false);
  });
});

describe('app://', () => {
  it('is a standard, secure scheme under our policy', async () => {
    const { schemes } = await start();
    expect(schemes).toMatchObject([{ scheme: 'app', privileges: { standard: true, secure: true } }]);
    expect(schemes[0]?.privileges?.bypassCSP).toBeUndefined();
  });

  it('answers the files of the page with a policy that forbids everything else', async () => {
    const { fetch } = await start();
    const page = await fetch('app://platter/');
    const policy = page.headers.get('Content-Security-Policy') ?? '';
    expect(page.headers.get('Content-Type')).toBe('text/html; charset=utf-8');
    expect(policy).toContain("default-src 'none'; script-src 'self'; ");
    expect(policy).toContain("connect-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toContain('unsafe');
    const nonce = /nonce="([^"]+)"/.exec(await page.text())?.[1];
    expect(policy).toContain(`'nonce-${nonce}'`);
    const script = await fetch('app://platter/assets/index.js');
    expect([script.status, script.headers.get('Content-Type'), await script.text()]).toEqual([
      200,
      'text/javascript; charset=utf-8',
      '"page"',
    ]);
    expect(script.headers.get('Content-Security-Policy')).toContain("default-src 'none'");
  });

  it('answers nothing else', async () => {
    const { fetch } = await start();
    const paths = ['../worker.js', '..%2fworker.js', '%2e%2e/worker.js', 'assets/..%2f..%2fworker.js', '..%5cworker.js']
      .concat([
        '/worker.js',
        '/etc/passwd',
        '%2fetc%2fpasswd',
        'C:%5cwindows%5cwin.ini',
        'C:odd.js',
        'assets',
        'assets/',
        '.hidden.js',
      ])
      .concat(['missing.js', 'index.html%00.js', '%', 'index']);
    for (const path of paths) {
      const response = await fetch(`app://platter/${path}`);
      expect(response.status, path).toBe(404);
      expect(await response.text(), path).toBe('There is no such file.');
    }
    for (const url of ['app://other/index.html', 'app://platter.evil/', 'app://user@platter/'])
      expect((await fetch(url).catch(() => ({ status: 404 }))).status, url).toBe(404);
    expect((await fetch('app://platter/', { method: 'POST' })).status).toBe(405);
  });
});

describe('the port', () => {
  it('reaches the page, and real services answer through it', async () => {
    const desktop = await start();
    const page = await desktop.client();
    expect(await page.call('host.info', {})).toMatchObject({
      host: 'electron',
      version: expect.stringMatching(/^0\.\d+\.\d+$/),
      servedFolders: null,
      dialogs: true,
    });
    const opened = await page.call('evidence.openPath', { paths: [images], add: false });
    expect(opened).toMatchObject({ roots: [{ path: images, kind: 'folder' }] });
    // the answer waits for a small folder, but not for long
    if (opened.scanning !== null) await page.result('evidence.scan', opened.scanning);
    expect(await page.call('case.state', {})).toMatchObject({ images: 2 });
    const { rows } = await page.call('chains.snapshot', {});
    expect(rows.map((row) => row.name)).toEqual(['one.vhd', 'two.vhd']);
    const { bytes } = await page.call('bytes.read', { target: { space: 'file', path: one() }, at: 0, length: 8 });
    expect(new TextDecoder().decode(bytes)).toBe('conectix');
    await expect(page.call('evidence.openPath', { paths: [join(images, 'no')], add: false })).rejects.toMatchObject({
      kind: 'refusal',
      code: 'not-found',
    });
  });

  it('comes with our message, to our origin, once a load', async () => {
    const { page } = await start();
    await page().port();
    page().send('platter:connect');
    page().send('platter:connect');
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(page().ports).toMatchObject([{ message: 'platter:port', origin: 'app://platter' }]);
  });

  it('is for our page alone: no subframe, no other address, no other window', async () => {
    const desktop = await start({ asksForPort: false });
    const contents = desktop.window().webContents;
    const other = new desktop.module.BrowserWindow({}).webContents;
    const asked = async (stranger: ReturnType<typeof contents.foreignPage>) => {
      const answers = vi.spyOn(stranger, 'postMessage').mockClear();
      stranger.send('platter:connect');
      await new Promise((resolve) => setTimeout(resolve, 5));
      return answers.mock.calls.length > 0;
    };
    expect(await asked(contents.subframe('app://platter/'))).toBe(false);
    for (const url of ['https://example.org/', 'app://other/', 'app://platter/assets/index.js', 'about:blank'])
      expect(await asked(contents.foreignPage(url)), url).toBe(false);
    expect(await asked(contents.foreignPage('app://platter/', 'null'))).toBe(false);
    expect(await asked(other.foreignPage('app://platter/'))).toBe(false);
    const gone = contents.foreignPage('app://platter/');
    gone.unload();
    expect(await asked(gone)).toBe(false);
    expect(await asked(contents.mainFrame)).toBe(true);
    expect(await asked(contents.mainFrame)).toBe(false);
  });

  it('ends with the load: a reload gets a new one, a refused navigation keeps the old', async () => {
    const desktop = await start();
    const first = await desktop.client();
    const lost = vi.fn();
    first.onConnection(lost);
    await desktop.window().webContents.navigate('https://example.org/');
    expect(await first.call('host.info', {})).toMatchObject({ host: 'electron' });
    await desktop.window().webContents.reload();
    await expect.poll(() => lost.mock.calls.flat()).toContain('lost');
    expect(await (await desktop.client()).call('host.info', {})).toMatchObject({ host: 'electron' });
  });
});

describe('dropped files', () => {
  it('tell the page their path, and the page gets nothing else from the preload', async () => {
    const { page, filePaths } = await start();
    await page().port();
    expect(Object.keys(page().exposed)).toEqual(['platter']);
    const bridge = page().exposed['platter'] as { pathFor(file: unknown): string };
    expect(Object.keys(bridge)).toEqual(['pathFor']);
    const dropped = new File([], 'one.vhd');
    filePaths.set(dropped, one());
    expect(bridge.pathFor(dropped)).toBe(one());
    expect(bridge.pathFor(new File([], 'made-by-the-page'))).toBe('');
    expect(() => bridge.pathFor('/etc/passwd')).toThrow(TypeError);
  });
});

describe('what the desktop asks to open', () => {
  it('opens the paths of the command line, relative ones from where it was started', async () => {
    const folder = process.cwd();
    process.chdir(images);
    const desktop = await start({ args: ['--some-switch', 'one.vhd'] }).finally(() => process.chdir(folder));
    await expect.poll(() => rootsOf(desktop)).toEqual([one()]);
    expect(desktop.app.lockData).toEqual({ paths: [one()] });
  });

  it('reads the command line of a package, where no entry is named', async () => {
    const desktop = await start({ args: ['--', one()], packaged: true });
    await expect.poll(() => rootsOf(desktop)).toEqual([one()]);
  });

  it('says so when there is no such file, and the window is there all the same', async () => {
    const desktop = await start({ args: [join(images, 'no.vhd')] });
    await expect
      .poll(() => desktop.dialogs)
      .toMatchObject([{ kind: 'message', options: { detail: expect.stringContaining('no.vhd') } }]);
    expect(await rootsOf(desktop)).toEqual([]);
  });

  it('opens files that macOS hands over before and after the app is ready', async () => {
    const event = { preventDefault: vi.fn() };
    const desktop = await start({ early: ({ app }) => void app.emit('open-file', event, one()) });
    await expect.poll(() => rootsOf(desktop)).toEqual([one()]);
    desktop.app.emit('open-file', event, two());
    await expect.poll(() => rootsOf(desktop)).toEqual([one(), two()]);
    expect(event.preventDefault).toHaveBeenCalledTimes(2);
    expect(desktop.windows).toHaveLength(1);
  });

  it('is one program: a second one hands its paths over and ends', async () => {
    const second = await start({ first: false, args: [two()] });
    expect(second.windows).toHaveLength(0);
    expect(second.app.ended).toBe('quit');
    expect(second.app.lockData).toEqual({ paths: [two()] });
  });

  it('comes to the front for a second instance and opens what that was given', async () => {
    const desktop = await start({ args: [one()] });
    await expect.poll(() => rootsOf(desktop)).toEqual([one()]);
    desktop.window().minimized = true;
    desktop.app.emit('second-instance', {}, ['platter', two()], images, { paths: [two()] });
    await expect.poll(() => rootsOf(desktop)).toEqual([one(), two()]);
    expect(desktop.window().done.slice(-3)).toEqual(['restore', 'show', 'focus']);
    const opened = await rootsOf(desktop);
    for (const odd of [undefined, null, 'x', { paths: 'x' }, { paths: [1, 'relative.vhd', null] }])
      desktop.app.emit('second-instance', {}, [], images, odd);
    expect(await rootsOf(desktop)).toEqual(opened);
    expect(desktop.dialogs).toEqual([]);
  });
});

describe('dialogs and menu', () => {
  it('answers the chosen paths, and none when dismissed; nothing can be made from the dialog', async () => {
    const desktop = await start();
    const page = await desktop.client();
    desktop.answers.open.push({ canceled: false, filePaths: [one(), two()] });
    expect(await page.call('files.choose', { kind: 'files' })).toEqual({ paths: [one(), two()] });
    expect(await page.call('files.choose', { kind: 'folder' })).toEqual({ paths: [] });
    const [files, folder] = desktop.dialogs;
    expect(files?.window).toBe(desktop.window());
    expect(files?.options).toMatchObject({ properties: expect.arrayContaining(['openFile', 'multiSelections']) });
    expect(folder?.options).toMatchObject({ properties: expect.arrayContaining(['openDirectory']) });
    expect(JSON.stringify(desktop.dialogs.map(({ options }) => options))).not.toMatch(/createDirectory|promptToCreate/);
  });

  it('tells the page the commands of the menu', async () => {
    const desktop = await start();
    const page = await desktop.client();
    const commands: string[] = [];
    page.on('host.command', ({ command }) => commands.push(command));
    await page.call('host.info', {});
    const menu = desktop.menus.at(-1) ?? [];
    expect(menu.map(({ label, role }) => label ?? role)).toEqual(
      expect.arrayContaining(['&File', '&Edit', '&View', 'help']),
    );
    const items = menu.flatMap(({ submenu }) => (Array.isArray(submenu) ? submenu : []));
    const click = (label: string) => (items.find((item) => item.label === label)?.click as () => void)();
    for (const label of ['Open…', 'Open folder…', 'Find…', 'Go to…', 'Inspector', 'About Platter']) click(label);
    const all = ['open-files', 'open-folder', 'find', 'go-to', 'toggle-inspector', 'about'];
    await expect.poll(() => commands).toEqual(all);
  });
});

describe('the end', () => {
  const real = process.platform;
  const on = (platform: NodeJS.Platform) => Object.defineProperty(process, 'platform', { value: platform });
  afterEach(() => on(real));

  it('quits when the window is closed, after the services have ended', async () => {
    on('linux');
    const desktop = await start();
    await desktop.client();
    desktop.window().destroy();
    expect(desktop.app.ended).toBeNull();
    expect(await desktop.app.end()).toBe('quit');
  });

  it('stays in the dock of macOS with its case, and opens a window again', async () => {
    on('darwin');
    const desktop = await start({ args: [one()] });
    await expect.poll(() => rootsOf(desktop)).toEqual([one()]);
    desktop.window().destroy();
    expect(desktop.app.ended).toBeNull();
    desktop.app.emit('activate');
    expect(desktop.windows).toHaveLength(2);
    await expect.poll(() => desktop.page().ports).toHaveLength(1);
    expect(await rootsOf(desktop)).toEqual([one()]);
    desktop.window().destroy();
    desktop.app.emit('open-file', { preventDefault: () => {} }, two());
    expect(desktop.windows).toHaveLength(3);
    await expect.poll(() => desktop.page().ports).toHaveLength(1);
    await expect.poll(() => rootsOf(desktop)).toEqual([one(), two()]);
  });
});
