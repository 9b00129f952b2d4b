import type { Page } from '@playwright/test';
import type { TestUser } from './shop';
import { expect, test as base } from './test';

type AdminFixtures = {
  /** The shop's admin, logged in on `page` in every test. */
  admin: TestUser;
};

/** For admin tests: they begin logged in as the admin. */
export const test = base.extend<AdminFixtures>({
  admin: [
    async ({ shop, page, logIn }, use) => {
      const admin = await shop.admin();
      await logIn(page, admin);
      await use(admin);
    },
    { auto: true },
  ],
});

/** A table row by its row header. */
export function tableRow(page: Page, name: string) {
  return page.getByRole('row').filter({ has: page.getByRole('rowheader', { name }) });
}

/** Clicks an option of a segmented control. Its radio button is visually hidden, so the label is clicked. */
export function selectOption(page: Page, label: string) {
  return page.getByRole('radio', { name: label, exact: true }).locator('xpath=..').click();
}

export { expect };
