import type { BrowserContext, Page } from '@playwright/test';

/** Notes whatever should never happen in a page: errors, complaints of the browser, requests to anywhere but its host. */
export class Watch {
  readonly troubles: string[] = [];
  readonly #origins: string[];

  /** @param origins where requests may go, as `http://127.0.0.1:4711`. */
  constructor(context: BrowserContext, origins: string[]) {
    this.#origins = [...origins, ...origins.map((origin) => origin.replace('http:', 'ws:'))];
    for (const page of context.pages()) this.#follow(page);
    context.on('page', (page) => this.#follow(page));
    context.on('weberror', (error) =>
      this.troubles.push(`page error: ${error.error().stack ?? error.error().message}`),
    );
    context.on('request', (request) => this.#check(request.url()));
  }

  #follow(page: Page): void {
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning')
        this.troubles.push(`console ${message.type()}: ${message.text()} (${message.location().url})`);
    });
    page.on('crash', () => this.troubles.push('the page crashed'));
    page.on('websocket', (socket) => this.#check(socket.url()));
  }

  #check(url: string): void {
    const isOwn = this.#origins.some((origin) => url === origin || url.startsWith(`${origin}/`));
    if (!isOwn && !/^(blob|data):/.test(url)) this.troubles.push(`request to ${url}`);
  }
}
