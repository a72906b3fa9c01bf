import type { Locator, Page } from '@playwright/test';

export type WizardStep = 'Diagnose' | 'Choose' | 'Preview' | 'Apply' | 'Result';

/** The one confirmation, and the wizard of five steps. */
export class Repair {
  readonly page: Page;

  constructor(page: Page) {
    this.page = page;
  }

  get dialog(): Locator {
    return this.page.getByRole('dialog', { name: /^Repair/ });
  }

  get consequences(): Locator {
    return this.dialog.getByRole('complementary', { name: 'Consequences' });
  }

  /** The step that is shown. */
  step(name: WizardStep): Locator {
    return this.dialog.getByRole('listitem').filter({ hasText: name, has: this.page.locator(':scope[aria-current]') });
  }

  get table(): Locator {
    return this.dialog.getByRole('table', { name: 'Repairs of all images' });
  }

  button(name: string | RegExp): Locator {
    return this.dialog.getByRole('button', { name });
  }

  /** In the one confirmation, and for many images: where the result goes. */
  async target(name: 'Working copy' | 'Working copies' | 'In place'): Promise<void> {
    await this.dialog.getByRole('radiogroup', { name: 'Target' }).getByText(name, { exact: true }).click();
  }

  /** From the confirmation to the wizard. */
  async allOptions(): Promise<void> {
    await this.button('All options…').click();
    await this.step('Diagnose').waitFor();
  }

  async toChoose(): Promise<void> {
    await this.button(/^Choose…/).click();
    await this.step('Choose').waitFor();
  }

  async toPreview(): Promise<void> {
    await this.button(/^Preview…/).click();
    await this.step('Preview').waitFor();
  }
}
