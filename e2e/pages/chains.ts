import type { Locator, Page } from '@playwright/test';

/** The left panel: the tree table of every image. */
export class Chains {
  readonly panel: Locator;
  readonly grid: Locator;

  constructor(page: Page) {
    this.panel = page.getByRole('complementary', { name: 'Chains' });
    this.grid = this.panel.getByRole('treegrid', { name: 'Chains' });
  }

  /** The row of an image; only rows in sight are in the document. */
  row(name: string): Locator {
    return this.grid.getByRole('row', {
      name: new RegExp(`^${name.replaceAll('.', '\\.')},`),
    });
  }

  /** Labels of the rows in sight, in order. */
  async labels(): Promise<string[]> {
    const rows = await this.grid.getByRole('row').evaluateAll((found) =>
      found
        .filter((row) => row.hasAttribute('aria-level'))
        .sort((a, b) => Number(a.getAttribute('aria-rowindex')) - Number(b.getAttribute('aria-rowindex')))
        .map((row) => row.getAttribute('aria-label') ?? ''),
    );
    return rows;
  }

  async select(name: string): Promise<void> {
    await this.row(name).click();
  }

  async sortBy(column: string): Promise<void> {
    await this.grid.getByRole('columnheader', { name: column }).getByRole('button').click();
  }

  get filter(): Locator {
    return this.panel.getByRole('textbox', { name: 'Filter images' });
  }

  async openFilter(): Promise<void> {
    await this.panel.getByRole('button', { name: 'Filter', exact: true }).click();
  }
}
