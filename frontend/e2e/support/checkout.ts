import type { Page } from '@playwright/test';
import type { Shop, TestUser } from './shop';
import { expect, fillBasket } from './test';

/** The name of the button that places an order. */
export const PLACE_ORDER = /^Place order/;
export const CONFIRMED = 'Thank you! Your order is confirmed.';
export const ORDERS = '**/api/orders';

/** A customer at checkout, with two units of a product for 20 euros. */
export async function openCheckout(page: Page, shop: Shop, logIn: (page: Page, person: TestUser) => Promise<void>) {
  const customer = await shop.newCustomer();
  const product = await shop.newProduct({ price: 10 });
  await logIn(page, customer);
  await fillBasket(page, [{ ...product, quantity: 2 }]);
  await page.goto('/checkout');
  await expect(page.getByRole('button', { name: PLACE_ORDER })).toBeVisible();
  return { customer, product, orders: () => shop.as(customer).orders() };
}
