import type { Locator, Page } from '@playwright/test';

/** Coalesce, Export and Relink: one form, each with its own steps. */
export class Wizard {
  readonly page: Page;
  readonly title: string;

  constructor(page: Page, title: 'Coalesce' | 'Export' | 'Relink') {
    this.page = page;
    this.title = title;
  }

  get dialog(): Locator {
    return this.page.getByRole('dialog', { name: this.title });
  }

  get consequences(): Locator {
    return this.dialog.getByRole('complementary', { name: 'Consequences' });
  }

  /** The step that is shown. */
  step(name: string): Locator {
    return this.dialog.getByRole('listitem').filter({ hasText: name, has: this.page.locator(':scope[aria-current]') });
  }

  button(name: string | RegExp): Locator {
    return this.dialog.getByRole('button', { name });
  }

  radio(name: string): Locator {
    return this.dialog.getByRole('radio', { name, exact: true });
  }

  /** Presses the button that leads on, and waits for the step. */
  async next(button: RegExp, step: string): Promise<void> {
    await this.button(button).click();
    await this.step(step).waitFor();
  }
}
