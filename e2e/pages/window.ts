import { expect, type Locator, type Page } from '@playwright/test';
import type { App } from '../fixtures.ts';
import { Chains } from './chains.ts';

export type TabName = 'Overview' | 'Structures' | 'Disk' | 'Hex' | 'Chain' | 'Findings' | 'Log';

/** The window: what is the same whatever is open. */
export class PlatterWindow {
  readonly page: Page;
  readonly chains: Chains;
  readonly #app: App;

  constructor(app: App) {
    this.#app = app;
    this.page = app.page;
    this.chains = new Chains(app.page);
  }

  get title(): Locator {
    return this.page.getByRole('banner').getByRole('heading', { level: 1 });
  }

  /** The centre: the selected image and its tabs. */
  get image(): Locator {
    return this.page.getByRole('region', { name: 'Image' });
  }

  get panel(): Locator {
    return this.image.getByRole('tabpanel');
  }

  get inspector(): Locator {
    return this.page.getByRole('complementary', { name: 'Inspector' });
  }

  get activity(): Locator {
    return this.page.getByRole('contentinfo', { name: 'Activity' });
  }

  /** What was done, or was not, said at the corner. */
  get notice(): Locator {
    return this.page.getByRole('region', { name: 'Notices' });
  }

  dialog(name: string): Locator {
    return this.page.getByRole('dialog', { name });
  }

  async showTab(name: TabName): Promise<void> {
    await this.image.getByRole('tab', { name }).click();
  }

  /** A command of the window's menu. */
  async menu(item: string): Promise<void> {
    await this.page.getByRole('banner').getByRole('button', { name: 'More' }).click();
    await this.page.getByRole('menuitem', { name: item }).click();
  }

  /** A command by its name, from the keyboard. */
  async command(title: string): Promise<void> {
    await this.page.keyboard.press('ControlOrMeta+k');
    await this.page.getByRole('combobox', { name: /^Find image/ }).fill(title);
    await expect(this.page.getByRole('option', { name: title }).first()).toHaveAttribute('aria-selected', 'true');
    await this.page.keyboard.press('Enter');
    await expect(this.page.getByRole('listbox', { name: 'Results' })).toBeHidden();
  }

  /** Opens a folder as the user does: by the system's dialog, or by the page's own where there is none. */
  async openFolder(path: string): Promise<void> {
    await this.#app.answerDialog([path]);
    await this.page.getByRole('banner').getByRole('button', { name: 'Open folder…' }).click();
    if (this.#app.host === 'electron') return;
    const dialog = this.dialog('Open a folder');
    await dialog.getByRole('textbox', { name: 'Folder' }).fill(path);
    await dialog.getByRole('textbox', { name: 'Folder' }).press('Enter');
    await dialog.getByRole('button', { name: 'Open this folder' }).click();
  }
}
