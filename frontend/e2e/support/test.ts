import AxeBuilder from '@axe-core/playwright';
import { test as base, expect, type Page } from '@playwright/test';
import { type Person, Shop } from './shop';

type Fixtures = {
  shop: Shop;
  /** Puts somebody's session into this browser, as logging in would. */
  logIn: (page: Page, person: Person) => Promise<void>;
  /** No serious finding of axe on the page as it is. */
  accessible: (page: Page) => Promise<void>;
  /** Fails the journey where a page broke or the CSP refused something. */
  clean: undefined;
};

export const test = base.extend<Fixtures>({
  shop: async ({ request }, use) => {
    await use(new Shop(request));
  },

  // eslint-disable-next-line no-empty-pattern -- Playwright reads the pattern
  logIn: async ({}, use) => {
    await use(async (page, { user, token }) => {
      await page.goto('/');
      await page.evaluate((session) => localStorage.setItem('shop.session', session), JSON.stringify({ who: user, token }));
      await page.reload();
    });
  },

  // eslint-disable-next-line no-empty-pattern -- Playwright reads the pattern
  accessible: async ({}, use) => {
    await use(async (page) => {
      const { violations } = await new AxeBuilder({ page }).analyze();
      const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
      expect(serious.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' ')}`)).toEqual([]);
    });
  },

  clean: [
    async ({ context }, use) => {
      const broken: string[] = [];
      context.on('weberror', (error) => broken.push(String(error.error())));
      context.on('console', (message) => {
        if (/Content Security Policy|Refused to|dialog was not closed/.test(message.text())) broken.push(message.text());
      });
      await use(undefined);
      expect(broken, 'errors in the pages of this journey').toEqual([]);
    },
    { auto: true },
  ],
});

export { expect } from '@playwright/test';
