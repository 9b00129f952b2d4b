import AxeBuilder from '@axe-core/playwright';
import { type BrowserContext, expect, type Page, test as base } from '@playwright/test';
import { Shop, type TestUser } from './shop';

type Fixtures = {
  shop: Shop;
  /** Stores a session in this browser, as logging in does. */
  logIn: (page: Page, person: TestUser) => Promise<void>;
  /** Another visitor, in a separate browser context. */
  otherPage: Page;
  /** Fails the test on script errors, unexpected dialogs and CSP violations. */
  noPageErrors: undefined;
};

function collectErrors(context: BrowserContext, errors: string[]): void {
  context.on('weberror', (error) => errors.push(String(error.error())));
  context.on('dialog', (dialog) => {
    errors.push(`unexpected dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  context.on('console', (message) => {
    if (/Content Security Policy|Refused to/.test(message.text())) errors.push(message.text());
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
      await page.evaluate((session) => localStorage.setItem('shop.session', session), JSON.stringify({ user, token }));
    });
  },

  otherPage: async ({ browser }, use) => {
    const context = await browser.newContext();
    const errors: string[] = [];
    collectErrors(context, errors);
    await use(await context.newPage());
    await context.close();
    expect(errors, 'errors on the pages of the other visitor').toEqual([]);
  },

  noPageErrors: [
    async ({ context }, use) => {
      const errors: string[] = [];
      collectErrors(context, errors);
      await use(undefined);
      expect(errors, 'errors on the pages of this test').toEqual([]);
    },
    { auto: true },
  ],
});

/** Fails on any accessibility violation that axe finds, even a minor one. */
export async function expectAccessible(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id, impact, nodes }) => `${impact}: ${id}: ${nodes.map((node) => node.html).join(' ')}`)).toEqual([]);
}

/** The token of this browser's session. */
export async function tokenOf(page: Page): Promise<string> {
  const session = await page.evaluate(() => localStorage.getItem('shop.session'));
  return (JSON.parse(session ?? '{}') as TestUser).token;
}

/** Stores a basket in this browser, as an earlier visit would have left it. */
export async function fillBasket(page: Page, lines: readonly { id: number; name: string; price: number; quantity?: number }[]): Promise<void> {
  const basket = lines.map(({ id, name, price, quantity = 1 }) => ({ productId: id, name, price, quantity }));
  await page.goto('/theme.js');
  await page.evaluate((stored) => localStorage.setItem('shop.basket', stored), JSON.stringify(basket));
}

export { expect };
