import type { Locator, Page } from '@playwright/test';

/** The Disk tab. */
export class DiskTab {
  readonly panel: Locator;

  constructor(page: Page) {
    this.panel = page.getByRole('tabpanel', { name: 'Disk' });
  }

  get bar(): Locator {
    return this.panel.getByRole('listbox', { name: /^Disk, from its first sector/ });
  }

  get table(): Locator {
    return this.panel.getByRole('grid', { name: 'Partitions' });
  }

  /** A row of the table by what it begins with: a number, or free space. */
  row(begin: string | RegExp): Locator {
    return this.table.getByRole('row', { name: typeof begin === 'string' ? new RegExp(`^${begin}\\b`) : begin });
  }

  button(name: string | RegExp): Locator {
    return this.panel.getByRole('button', { name });
  }

  get selected(): Locator {
    return this.table.locator('[aria-selected="true"]');
  }

  bytes(name = 'Bytes of the guest disk'): Locator {
    return this.panel.getByRole('grid', { name });
  }
}
