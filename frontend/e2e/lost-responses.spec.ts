import type { Page } from '@playwright/test';
import { ageAttempts, loseRequests, loseResponses, submitAgainWith } from './support/lostResponses';
import type { Shop, TestUser } from './support/shop';
import { expect, fillBasket, test, tokenOf } from './support/test';

const ORDERS = '**/api/orders';
const placeOrder = /^Place order/;
const confirmed = 'Thank you! Your order is confirmed.';

/** A customer at checkout, with two units of a product for 20 euros. */
async function openCheckout(page: Page, shop: Shop, logIn: (page: Page, person: TestUser) => Promise<void>) {
  const customer = await shop.newCustomer();
  const product = await shop.newProduct({ price: 10 });
  await logIn(page, customer);
  await fillBasket(page, [{ ...product, quantity: 2 }]);
  await page.goto('/checkout');
  await expect(page.getByRole('button', { name: placeOrder })).toBeVisible();
  return { customer, product, orders: () => shop.as(customer).orders() };
}

test('another card after a lost response does not place a second order', async ({ page, shop, logIn }) => {
  const { orders } = await openCheckout(page, shop, logIn);
  const sent = await loseResponses(page, ORDERS);
  await page.getByRole('button', { name: placeOrder }).click();
  await expect(page.getByRole('alert')).toContainText('You will not be charged twice');
  await expect(page.getByRole('alert')).not.toContainText(/not placed|Nothing was charged/);
  await submitAgainWith(page, 'Slow card');
  await expect.poll(() => sent.bodies.length).toBeGreaterThan(1);
  expect(await orders()).toMatchObject([{ status: 'confirmed', total: 20 }]);
  expect(new Set(sent.bodies).size).toBe(1);
  await page.unroute(ORDERS);
  await expect(page.getByText(confirmed)).toBeVisible();
  await expect(page.getByRole('link', { name: 'Basket, empty' })).toBeVisible();
});

test('the payment method is locked until the shop responds', async ({ page, shop, logIn }) => {
  await openCheckout(page, shop, logIn);
  await loseResponses(page, ORDERS);
  await page.getByRole('radio', { name: /Timeout card/ }).check();
  await page.getByRole('button', { name: placeOrder }).click();
  await expect(page.getByText('You can change your payment method once the shop has responded.')).toBeVisible();
  await page.reload();
  await expect(page.getByRole('radio', { name: /Timeout card/ })).toBeChecked();
  await expect(page.getByRole('radio', { name: /Test card/ })).toBeDisabled();
  await page.goto('/basket');
  await expect(page.getByRole('alert')).toContainText('Your last order has not been confirmed yet.');
});

test('a reload during a slow payment resumes it', async ({ page, shop, logIn }) => {
  const { orders } = await openCheckout(page, shop, logIn);
  await page.getByRole('radio', { name: /Slow card/ }).check();
  const left = page.waitForRequest((request) => request.method() === 'POST' && request.url().endsWith('/api/orders'));
  await page.getByRole('button', { name: placeOrder }).click();
  await left;
  await page.reload();
  // The page resumes the order without a click, unless it has lost the attempt.
  // A server whose client disconnects may stop halfway. After half a minute its key is released, the
  // incomplete order is compensated, and the order can be placed.
  await expect(page.getByText(confirmed).or(page.getByRole('button', { name: placeOrder }))).toBeVisible({ timeout: 90_000 });
  if (await page.getByRole('button', { name: placeOrder }).isVisible()) await page.getByRole('button', { name: placeOrder }).click();
  await expect(page.getByText(confirmed)).toBeVisible();
  expect((await orders()).filter(({ status }) => status !== 'cancelled')).toMatchObject([{ status: 'confirmed' }]);
  await expect(page.getByRole('link', { name: 'Basket, empty' })).toBeVisible();
});

test('two tabs with one basket place one order', async ({ page, context, shop, logIn }) => {
  const { orders } = await openCheckout(page, shop, logIn);
  const second = await context.newPage();
  await second.goto('/checkout');
  await page.getByRole('radio', { name: /Slow card/ }).check();
  await expect(second.getByRole('button', { name: placeOrder })).toBeVisible();
  await Promise.all([page, second].map((tab) => tab.getByRole('button', { name: placeOrder }).click()));
  for (const tab of [page, second]) await expect(tab.getByText(confirmed)).toBeVisible();
  expect(await orders()).toHaveLength(1);
});

test('a second tab joins the purchase of the first one', async ({ page, context, shop, logIn }) => {
  const { orders } = await openCheckout(page, shop, logIn);
  await loseResponses(page, ORDERS);
  await page.getByRole('button', { name: placeOrder }).click();
  await expect(page.getByRole('alert')).toContainText('No response yet.');
  const second = await context.newPage();
  await second.goto('/checkout');
  await expect(second.getByText(confirmed)).toBeVisible();
  expect(await orders()).toHaveLength(1);
});

test('an order sent offline is placed once when the network is back', async ({ page, context, shop, logIn }) => {
  const { orders } = await openCheckout(page, shop, logIn);
  await context.setOffline(true);
  await page.getByRole('button', { name: placeOrder }).click();
  await expect(page.getByText('We will check as soon as you are back online')).toBeVisible();
  expect(await orders()).toEqual([]);
  await context.setOffline(false);
  await expect(page.getByText(confirmed)).toBeVisible();
  expect(await orders()).toHaveLength(1);
});

test('a response that was lost with the network is received when it is back', async ({ page, context, shop, logIn }) => {
  const { orders } = await openCheckout(page, shop, logIn);
  let lost = false;
  await page.route(ORDERS, async (route) => {
    if (route.request().method() !== 'POST' || lost) return route.fallback();
    lost = true;
    await route.fetch();
    await context.setOffline(true);
    return route.abort('internetdisconnected');
  });
  await page.getByRole('button', { name: placeOrder }).click();
  await expect(page.getByText('You are offline.')).toBeVisible();
  await expect(page.getByText('We will check as soon as you are back online')).toBeVisible();
  await context.setOffline(false);
  await expect(page.getByText(confirmed)).toBeVisible();
  expect(await orders()).toHaveLength(1);
});

test('items added during a purchase stay in the basket', async ({ page, context, shop, logIn }) => {
  const { product, orders } = await openCheckout(page, shop, logIn);
  await loseResponses(page, ORDERS);
  await page.getByRole('button', { name: placeOrder }).click();
  await expect(page.getByRole('alert')).toContainText('No response yet.');
  const second = await context.newPage();
  await second.goto(`/products/${product.id}`);
  await second.getByRole('button', { name: 'Add to basket' }).click();
  await expect(second.getByRole('link', { name: 'Basket, 3 items' })).toBeVisible();
  await page.unroute(ORDERS);
  await expect(page.getByText(confirmed)).toBeVisible();
  await expect(page.getByRole('link', { name: 'Basket, 1 item', exact: true })).toBeVisible();
  expect(await orders()).toMatchObject([{ total: 20 }]);
});

test('an order from hours ago that was not placed is not sent again automatically', async ({ page, shop, logIn }) => {
  const { orders } = await openCheckout(page, shop, logIn);
  const sent = await loseRequests(page, ORDERS);
  await page.getByRole('button', { name: placeOrder }).click();
  await expect(page.getByRole('alert')).toContainText('No response yet.');
  await page.goto('/products');
  await ageAttempts(page, 3);
  await page.unroute(ORDERS);
  const again = await loseRequests(page, ORDERS);
  await page.goto('/checkout');
  await expect(page.getByRole('alert')).toContainText('It is not among your orders');
  expect(again.keys).toEqual([]);
  await page.unroute(ORDERS);
  await page.getByRole('button', { name: 'Discard' }).click();
  await expect(page.getByRole('button', { name: placeOrder })).toBeVisible();
  expect(await orders()).toEqual([]);
  expect(sent.keys.length).toBeGreaterThan(0);
});

test('an order from hours ago is shown if it was placed, and can still be placed otherwise', async ({ page, shop, logIn }) => {
  const { orders } = await openCheckout(page, shop, logIn);
  await loseRequests(page, ORDERS);
  await page.getByRole('button', { name: placeOrder }).click();
  await expect(page.getByRole('alert')).toContainText('No response yet.');
  await page.goto('/products');
  await ageAttempts(page, 3);
  await page.unroute(ORDERS);
  await page.goto('/checkout');
  await loseResponses(page, ORDERS);
  await page.getByRole('button', { name: 'Place it now for €20.00' }).click();
  await expect(page.getByRole('alert')).toContainText('No response yet.');
  await page.goto('/products');
  await ageAttempts(page, 1);
  await page.unroute(ORDERS);
  await page.goto('/checkout');
  await expect(page.getByText(/^We received your order/)).toBeVisible();
  await page.getByRole('link', { name: /^View order/ }).click();
  await expect(page.getByRole('list', { name: 'Order history' })).toContainText('Confirmed');
  await expect(page.getByRole('link', { name: 'Basket, empty' })).toBeVisible();
  expect(await orders()).toHaveLength(1);
});

test('an unconfirmed order is resumed only by the user who sent it', async ({ page, shop, logIn }) => {
  const { customer, product } = await openCheckout(page, shop, logIn);
  await loseResponses(page, ORDERS);
  await page.getByRole('button', { name: placeOrder }).click();
  await expect(page.getByRole('alert')).toContainText('No response yet.');
  await page.goto('/account');
  await page.getByRole('button', { name: 'Log out' }).click();
  await expect(page.getByRole('link', { name: 'Log in' }).first()).toBeVisible();

  const next = await shop.newCustomer('Nora Next');
  await logIn(page, next);
  await fillBasket(page, []);
  await page.unroute(ORDERS);
  await page.goto('/checkout');
  await expect(page.getByText('Your basket is empty')).toBeVisible();
  expect(await shop.as(next).orders()).toEqual([]);

  // Logging out cleared the basket, but not the attempt.
  await page.evaluate(() => localStorage.removeItem('shop.session'));
  await page.goto('/login?next=/checkout');
  await page.getByLabel('Email').fill(customer.user.email);
  await page.getByLabel('Password').fill(customer.password);
  await page.getByRole('button', { name: 'Log in' }).click();
  await expect(page.getByText(confirmed)).toBeVisible();
  await expect(page.getByText(product.name).first()).toBeVisible();
  expect(await shop.as({ token: await tokenOf(page) }).orders()).toHaveLength(1);
});
