import { CONFIRMED, openCheckout, ORDERS, PLACE_ORDER } from './support/checkout';
import { ageAttempts, loseRequests, loseResponses } from './support/lostResponses';
import { expect, fillBasket, test, tokenOf } from './support/test';

test('an order from hours ago that was not placed is not sent again automatically', async ({ page, shop, logIn }) => {
  const { orders } = await openCheckout(page, shop, logIn);
  const sent = await loseRequests(page, ORDERS);
  await page.getByRole('button', { name: PLACE_ORDER }).click();
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
  await expect(page.getByRole('button', { name: PLACE_ORDER })).toBeVisible();
  expect(await orders()).toEqual([]);
  expect(sent.keys.length).toBeGreaterThan(0);
});

test('an order from hours ago is shown if it was placed, and can still be placed otherwise', async ({ page, shop, logIn }) => {
  const { orders } = await openCheckout(page, shop, logIn);
  await loseRequests(page, ORDERS);
  await page.getByRole('button', { name: PLACE_ORDER }).click();
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
  await page.getByRole('button', { name: PLACE_ORDER }).click();
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
  await expect(page.getByText(CONFIRMED)).toBeVisible();
  await expect(page.getByText(product.name).first()).toBeVisible();
  expect(await shop.as({ token: await tokenOf(page) }).orders()).toHaveLength(1);
});
