import type { Page } from '@playwright/test';
import type { components } from '../../src/lib/api/schema.gen';
import type { Shop, TestUser } from './shop';
import { expect, fillBasket } from './test';

/** The name of the button that places an order. */
export const PLACE_ORDER = /^Place order for/;
export const CONFIRMED = 'Thank you! Your order is confirmed.';
export const ORDERS = '**/api/orders';

type Address = components['schemas']['Address'];

/** An address that every test may use. */
export const ADDRESS: Address = { name: 'Vera Testa', line1: 'Unter den Linden 1', city: 'Berlin', postalCode: '10117', country: 'DE' };

/** A customer whose address book has an address: checkout selects it. */
export async function newBuyer(shop: Shop, name?: string): Promise<TestUser> {
  const customer = await shop.newCustomer(name);
  await shop.as(customer).call('POST', '/api/users/me/addresses', ADDRESS);
  return customer;
}

/** Types an address at checkout. */
export async function fillAddress(page: Page, address: Address = ADDRESS): Promise<void> {
  await page.getByLabel('Full name').fill(address.name);
  await page.getByLabel('Street and house number').fill(address.line1);
  await page.getByLabel('Postal code').fill(address.postalCode);
  await page.getByLabel('City').fill(address.city);
  await page.getByLabel('Country').selectOption(address.country);
}

/** A customer at checkout, with two units of a product for 20 euros. */
export async function openCheckout(page: Page, shop: Shop, logIn: (page: Page, person: TestUser) => Promise<void>) {
  const customer = await newBuyer(shop);
  const product = await shop.newProduct({ price: 10 });
  await logIn(page, customer);
  await fillBasket(page, [{ ...product, quantity: 2 }]);
  await page.goto('/checkout');
  await expect(page.getByRole('button', { name: PLACE_ORDER })).toBeVisible();
  return { customer, product, orders: () => shop.as(customer).orders() };
}
