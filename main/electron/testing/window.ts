import { EventEmitter } from 'node:events';
import type { BrowserWindowConstructorOptions } from 'electron';
import { StandInPage } from './page.ts';

/** How a document is fetched and what happens in it; see electron.ts. */
export interface Surroundings {
  fetch(url: string): Promise<Response>;
  run(page: StandInPage): void;
  send(page: StandInPage, contents: StandInContents, channel: string): void;
}

/** An event that a listener may prevent. */
export class Preventable {
  defaultPrevented = false;

  constructor(fields: object = {}) {
    Object.assign(this, fields);
  }

  preventDefault(): void {
    this.defaultPrevented = true;
  }
}

export class StandInContents extends EventEmitter {
  mainFrame: StandInPage;
  readonly #surroundings: Surroundings;
  #openHandler: ((details: { url: string }) => { action: string }) | undefined;

  constructor(surroundings: Surroundings) {
    super();
    this.#surroundings = surroundings;
    this.mainFrame = this.#page('about:blank');
  }

  setWindowOpenHandler(handler: (details: { url: string }) => { action: string }): void {
    this.#openHandler = handler;
  }

  /** `window.open`, a link with a target: whether a window would open. */
  opens(url: string): boolean {
    return this.#openHandler?.({ url }).action !== 'deny';
  }

  /** What the page itself asks for: a link, `location`, a file dropped where nobody takes it. Whether it went there. */
  async navigate(url: string, { isMainFrame = true } = {}): Promise<boolean> {
    const details = { url, isMainFrame, isSameDocument: false };
    this.emit('did-start-navigation', new Preventable(details));
    const events = isMainFrame ? ['will-frame-navigate', 'will-navigate'] : ['will-frame-navigate'];
    for (const name of events) {
      const event = new Preventable(details);
      this.emit(name, event);
      if (event.defaultPrevented) return false;
    }
    await this.#commit(url);
    return true;
  }

  /** What the program asks for: not refusable. */
  async load(url: string): Promise<void> {
    this.emit('did-start-navigation', new Preventable({ url, isMainFrame: true, isSameDocument: false }));
    await this.#commit(url);
  }

  reload(): Promise<void> {
    return this.load(this.mainFrame.url);
  }

  /** The renderer's process ends. */
  crash(reason: string): void {
    this.mainFrame.unload();
    this.emit('render-process-gone', new Preventable(), { reason, exitCode: 11 });
  }

  /** A frame inside the page. */
  subframe(url: string): StandInPage {
    return this.#page(url, this.mainFrame);
  }

  /** A document that came to be in this window by some hole. */
  foreignPage(url: string, origin?: string): StandInPage {
    const page = this.#page(url);
    if (origin !== undefined) page.origin = origin;
    return page;
  }

  #page(url: string, parent: StandInPage | null = null): StandInPage {
    return new StandInPage(url, (page, channel) => this.#surroundings.send(page, this, channel), parent);
  }

  async #commit(url: string): Promise<void> {
    const response = await this.#surroundings.fetch(url);
    if (!response.ok) throw new Error(`ERR_FAILED (-2) loading '${url}'`);
    this.mainFrame.unload();
    this.mainFrame = this.#page(url);
    this.emit('did-navigate', new Preventable(), url);
    this.#surroundings.run(this.mainFrame);
  }
}

export class StandInWindow extends EventEmitter {
  readonly options: BrowserWindowConstructorOptions;
  readonly webContents: StandInContents;
  /** What was done to it, in order: `show`, `focus`, `restore` … */
  readonly done: string[] = [];
  minimized = false;
  #destroyed = false;

  constructor(options: BrowserWindowConstructorOptions, contents: StandInContents) {
    super();
    this.options = options;
    this.webContents = contents;
  }

  async loadURL(url: string): Promise<void> {
    await this.webContents.load(url);
    this.emit('ready-to-show');
  }

  show(): void {
    this.done.push('show');
  }

  focus(): void {
    this.done.push('focus');
  }

  restore(): void {
    this.minimized = false;
    this.done.push('restore');
  }

  isMinimized(): boolean {
    return this.minimized;
  }

  isDestroyed(): boolean {
    return this.#destroyed;
  }

  setBackgroundColor(colour: string): void {
    this.done.push(`background ${colour}`);
  }

  destroy(): void {
    this.#destroyed = true;
    this.webContents.mainFrame.unload();
    this.webContents.emit('destroyed');
    this.emit('closed');
  }
}
