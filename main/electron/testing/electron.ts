import { EventEmitter } from 'node:events';
import { existsSync } from 'node:fs';
import type {
  CustomScheme,
  MenuItemConstructorOptions,
  MessageBoxOptions,
  OpenDialogOptions,
  OpenDialogReturnValue,
} from 'electron';
import { type StandInPage } from './page.ts';
import { StandInChannel } from './ports.ts';
import { Preventable, StandInContents, StandInWindow } from './window.ts';

type Handler = (...args: never[]) => unknown;

/** What a test may ask of the stand-in's session: the handlers that were set, by the name of their setter. */
class StandInSession extends EventEmitter {
  readonly handlers: Record<string, Handler | null> = {};
  spellChecks = true;
  readonly webRequest = {
    onBeforeRequest: (handler: Handler) => {
      this.handlers['onBeforeRequest'] = handler;
    },
  };

  setPermissionRequestHandler(handler: Handler | null): void {
    this.handlers['permissionRequest'] = handler;
  }

  setPermissionCheckHandler(handler: Handler | null): void {
    this.handlers['permissionCheck'] = handler;
  }

  setDevicePermissionHandler(handler: Handler | null): void {
    this.handlers['devicePermission'] = handler;
  }

  setSpellCheckerEnabled(on: boolean): void {
    this.spellChecks = on;
  }
}

class StandInApp extends EventEmitter {
  isPackaged = false;
  sandboxed = false;
  ready = false;
  /** False in a second instance. */
  gotLock = true;
  lockData: unknown;
  readonly paths: Record<string, string> = { userData: '/nowhere' };
  readonly switches: Record<string, string> = {};
  ended: 'quit' | 'exit' | null = null;
  name = 'Electron';
  readonly commandLine = {
    appendSwitch: (name: string, value = '') => {
      this.switches[name] = value;
    },
  };
  readonly #whenReady: Promise<void>;
  #becomeReady: () => void = () => {};

  constructor() {
    super();
    this.#whenReady = new Promise((resolve) => {
      this.#becomeReady = resolve;
    });
  }

  whenReady(): Promise<void> {
    return this.#whenReady;
  }

  isReady(): boolean {
    return this.ready;
  }

  /** What Electron does once the entry has run. */
  becomeReady(): void {
    this.ready = true;
    this.emit('ready');
    this.#becomeReady();
  }

  enableSandbox(): void {
    if (this.ready) throw new Error('app.enableSandbox() can only be called before app is ready');
    this.sandboxed = true;
  }

  setName(name: string): void {
    this.name = name;
  }

  getVersion(): string {
    return '45.4.1';
  }

  setPath(name: string, value: string): void {
    if (!existsSync(value)) throw new Error(`Failed to set path '${name}': there is no such folder`);
    this.paths[name] = value;
  }

  getPath(name: string): string {
    return this.paths[name] ?? '/nowhere';
  }

  requestSingleInstanceLock(data?: unknown): boolean {
    this.lockData = data;
    return this.gotLock;
  }

  quit(): void {
    const event = new Preventable();
    this.emit('before-quit', event);
    if (event.defaultPrevented) return;
    this.ended = 'quit';
    this.emit('quit');
  }

  exit(): void {
    this.ended = 'exit';
    this.emit('quit');
  }

  /** Waits until it has ended. */
  async end(): Promise<'quit' | 'exit'> {
    if (this.ended === null) await new Promise<void>((resolve) => this.once('quit', resolve));
    return this.ended ?? 'quit';
  }
}

/**
 * Stands in for the `electron` module in tests, so that the real entry and the real preload run without its binary: it keeps
 * what it is told, plays the browser's part (loads, navigations, frames, messages), and shows nothing.
 */
export function standInElectron(options: { preload: string }) {
  const app = new StandInApp();
  const ipcMain = new EventEmitter();
  const defaultSession = new StandInSession();
  const windows: StandInWindow[] = [];
  const schemes: CustomScheme[] = [];
  const handlers = new Map<string, (request: Request) => Promise<Response>>();
  const filePaths = new WeakMap<object, string>();
  const menus: MenuItemConstructorOptions[][] = [];
  /** Dialogs that were shown, and what the next ones answer. */
  const dialogs: { kind: 'open' | 'message'; window: StandInWindow | null; options: object }[] = [];
  const answers: { open: OpenDialogReturnValue[]; message: number[] } = { open: [], message: [] };
  const nativeTheme = Object.assign(new EventEmitter(), { shouldUseDarkColors: false });

  /** What the page's process gets for an address, by the scheme's handler. */
  const fetch = async (url: string, init?: RequestInit): Promise<Response> => {
    const handler = handlers.get(url.split(':')[0] ?? '');
    if (handler === undefined) throw new Error(`ERR_UNKNOWN_URL_SCHEME (-302) loading '${url}'`);
    return handler(new Request(url, init));
  };
  const newContents = () => {
    const contents = new StandInContents({
      fetch,
      run: (page) => page.run(options.preload, filePaths),
      send: (page: StandInPage, sender, channel) =>
        ipcMain.emit(channel, { sender, senderFrame: page.isDestroyed() ? null : page, ports: [] }),
    });
    app.emit('web-contents-created', new Preventable(), contents);
    return contents;
  };
  class BrowserWindow extends StandInWindow {
    constructor(windowOptions: ConstructorParameters<typeof StandInWindow>[0]) {
      if (!app.ready) throw new Error('Cannot create BrowserWindow before app is ready');
      super(windowOptions, newContents());
      windows.push(this);
      this.once('closed', () => {
        if (windows.every((window) => window.isDestroyed())) app.emit('window-all-closed');
      });
    }

    static getAllWindows(): StandInWindow[] {
      return windows.filter((window) => !window.isDestroyed());
    }
  }
  const dialogArguments = <O extends object>(args: [O] | [StandInWindow, O]) =>
    args.length === 1 ? { window: null, options: args[0] } : { window: args[0], options: args[1] };

  const module = {
    app,
    BrowserWindow,
    ipcMain,
    MessageChannelMain: StandInChannel,
    nativeTheme,
    session: { defaultSession },
    protocol: {
      registerSchemesAsPrivileged(list: CustomScheme[]) {
        if (app.ready) throw new Error('protocol.registerSchemesAsPrivileged should be called before app is ready');
        schemes.push(...list);
      },
      handle(scheme: string, handler: (request: Request) => Promise<Response>) {
        if (!app.ready) throw new Error('protocol.handle can only be used after app is ready');
        handlers.set(scheme, handler);
      },
    },
    dialog: {
      async showOpenDialog(...args: [OpenDialogOptions] | [StandInWindow, OpenDialogOptions]) {
        dialogs.push({ kind: 'open', ...dialogArguments(args) });
        return answers.open.shift() ?? { canceled: true, filePaths: [] };
      },
      async showMessageBox(...args: [MessageBoxOptions] | [StandInWindow, MessageBoxOptions]) {
        dialogs.push({ kind: 'message', ...dialogArguments(args) });
        return { response: answers.message.shift() ?? 0, checkboxChecked: false };
      },
    },
    Menu: {
      buildFromTemplate: (template: MenuItemConstructorOptions[]) => template,
      setApplicationMenu(menu: MenuItemConstructorOptions[]) {
        menus.push(menu);
      },
    },
  };
  return {
    module,
    app,
    ipcMain,
    session: defaultSession,
    windows,
    schemes,
    fetch,
    filePaths,
    menus,
    dialogs,
    answers,
    nativeTheme,
  };
}
