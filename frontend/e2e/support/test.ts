import AxeBuilder from '@axe-core/playwright';
import { type BrowserContext, expect, type Page, test as base } from '@playwright/test';
import { type TestUser, Shop } from './shop';

type Fixtures = {
  shop: Shop;
  /** Puts somebody's session into this browser, as logging in would. */
  logIn: (page: Page, person: TestUser) => Promise<void>;
  /** Another visitor, with a browser of their own. */
  otherPage: Page;
  /** Fails the journey where a page broke, or the CSP refused something. */
  clean: undefined;
};

function watch(context: BrowserContext, broken: string[]): void {
  context.on('weberror', (error) => broken.push(String(error.error())));
  context.on('dialog', (dialog) => {
    broken.push(`somebody's script said: ${dialog.message()}`);
    void dialog.dismiss();
  });
  context.on('console', (message) => {
    if (/Content Security Policy|Refused to/.test(message.text())) broken.push(message.text());
  });
}

export const test = base.extend<Fixtures>({
  shop: async ({ request }, use) => {
    const shop = new Shop(request);
    await use(shop);
    await shop.cleanUp();
  },

  logIn: async ({}, use) => {
    await use(async (page, { user, token }) => {
      await page.goto('/theme.js');
      await page.evaluate((session) => localStorage.setItem('shop.session', session), JSON.stringify({ who: user, token }));
    });
  },

  otherPage: async ({ browser }, use) => {
    const context = await browser.newContext();
    const broken: string[] = [];
    watch(context, broken);
    await use(await context.newPage());
    await context.close();
    expect(broken, 'errors in the pages of the other visitor').toEqual([]);
  },

  clean: [
    async ({ context }, use) => {
      const broken: string[] = [];
      watch(context, broken);
      await use(undefined);
      expect(broken, 'errors in the pages of this journey').toEqual([]);
    },
    { auto: true },
  ],
});

/** Fails on what axe finds on the page as it is, were it minor. */
export async function expectAccessible(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id, impact, nodes }) => `${impact}: ${id}: ${nodes.map((node) => node.html).join(' ')}`)).toEqual([]);
}

/** Whose session this browser has. */
export async function tokenOf(page: Page): Promise<string> {
  const session = await page.evaluate(() => localStorage.getItem('shop.session'));
  return (JSON.parse(session ?? '{}') as TestUser).token;
}

/** Puts products into this browser's basket, as a visitor of yesterday would have left them. */
export async function fillBasket(page: Page, lines: readonly { id: number; name: string; price: number; quantity?: number }[]): Promise<void> {
  const basket = lines.map(({ id, name, price, quantity = 1 }) => ({ productId: id, name, price, quantity }));
  await page.goto('/theme.js');
  await page.evaluate((stored) => localStorage.setItem('shop.basket', stored), JSON.stringify(basket));
}

export { expect };
