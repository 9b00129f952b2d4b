import type { Page } from '@playwright/test';
import type { TestUser } from './shop';
import { expect, test as base } from './test';

type Office = {
  /** The shop's admin, logged in on `page`, whether a journey speaks of them or not. */
  admin: TestUser;
};

/** Journeys of the back office: they begin as the admin. */
export const test = base.extend<Office>({
  admin: [
    async ({ shop, page, logIn }, use) => {
      const admin = await shop.admin();
      await logIn(page, admin);
      await use(admin);
    },
    { auto: true },
  ],
});

/** A row of a table, by what its first cell says. */
export function row(page: Page, name: string) {
  return page.getByRole('row').filter({ has: page.getByRole('rowheader', { name }) });
}

/** Takes one of a few choices, as a mouse does: the radio button itself is not seen. */
export function choose(page: Page, words: string) {
  return page.getByRole('radio', { name: words, exact: true }).locator('xpath=..').click();
}

export { expect };
