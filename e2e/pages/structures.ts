import { expect, type Locator, type Page } from '@playwright/test';

/** The Structures tab. */
export class StructuresTab {
  readonly panel: Locator;

  constructor(page: Page) {
    this.panel = page.getByRole('tabpanel', { name: 'Structures' });
  }

  /** The structures of the file, in its order. */
  get parts(): Locator {
    return this.panel.getByRole('listbox', { name: 'Structures in file order' }).getByRole('option');
  }

  part(title: string): Locator {
    return this.parts.filter({ has: this.panel.page().getByText(title, { exact: true }) });
  }

  async choose(part: string): Promise<void> {
    await this.part(part).click();
    await expect(this.part(part)).toHaveAttribute('aria-selected', 'true');
  }

  /** The chosen structure's bytes. */
  get bytes(): Locator {
    return this.panel.getByRole('grid', { name: /bytes$/ });
  }

  /** Bytes and characters that stand out in bold, as those of the chosen field do. */
  lit(): Promise<string[]> {
    return this.bytes.getByRole('gridcell').evaluateAll((cells) =>
      cells.flatMap((cell) => {
        const isBold = (element: typeof cell) => Number(element.computedStyleMap().get('font-weight')) >= 600;
        const bold = [...cell.querySelectorAll<typeof cell>('*')].filter((one) => isBold(one));
        return bold.filter((one) => !isBold(one.parentElement)).map((one) => one.textContent.trim());
      }),
    );
  }

  field(name: string): Locator {
    return this.panel
      .getByRole('grid', { name: 'Fields' })
      .getByRole('row')
      .filter({
        has: this.panel.page().getByRole('gridcell', { name, exact: true }),
      });
  }
}
