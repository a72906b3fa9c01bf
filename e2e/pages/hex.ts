import type { Locator, Page } from '@playwright/test';

/** The Hex tab. */
export class HexTab {
  readonly page: Page;
  readonly panel: Locator;

  constructor(page: Page) {
    this.page = page;
    this.panel = page.getByRole('tabpanel', { name: 'Hex' });
  }

  get grid(): Locator {
    return this.panel.getByRole('grid');
  }

  /** The line of bytes at an offset, as `000200`. */
  line(offset: string): Locator {
    return this.grid.getByRole('row').filter({ has: this.page.getByRole('rowheader', { name: offset, exact: true }) });
  }

  /** Bytes under the cursor. */
  get cursor(): Locator {
    return this.grid.locator('mark');
  }

  async show(space: 'File' | 'Guest disk'): Promise<void> {
    await this.panel
      .getByRole('radiogroup', { name: 'Bytes of' })
      .getByRole('radio', { name: space })
      .check({ force: true });
  }

  get goToField(): Locator {
    return this.panel.getByRole('textbox', { name: /^Go to offset/ });
  }

  async goTo(place: string): Promise<void> {
    await this.goToField.fill(place);
    await this.goToField.press('Enter');
  }

  get search(): Locator {
    return this.panel.getByRole('region', { name: 'Search' });
  }

  get bookmarks(): Locator {
    return this.panel.getByRole('region', { name: 'Bookmarks' });
  }

  async copyAs(form: string): Promise<void> {
    await this.panel.getByRole('button', { name: 'Copy as…' }).click();
    await this.page.getByRole('menu').getByRole('menuitem', { name: form, exact: false }).first().click();
  }

  get scrollbar(): Locator {
    return this.panel.getByRole('scrollbar');
  }
}
