import { CONFIRMED, newBuyer, PLACE_ORDER } from './support/checkout';
import { loseResponses } from './support/lostResponses';
import { expect, expectAccessible, fillBasket, test } from './support/test';

test('checkout offers an unpaid order first, and pays it instead of placing a new one', async ({ page, shop, logIn }) => {
  const customer = await newBuyer(shop);
  const product = await shop.newProduct({ price: 10 });
  await logIn(page, customer);
  await fillBasket(page, [product]);
  await page.goto('/checkout');
  await page.getByRole('radio', { name: /Declined card/ }).check();
  await page.getByRole('button', { name: PLACE_ORDER }).click();
  await expect(page.getByRole('alert')).toContainText('Your payment was declined.');

  await page.goto('/basket');
  await page.getByRole('link', { name: 'Go to checkout' }).click();
  await expect(page.getByRole('alert')).toContainText('exactly the same items as your basket');
  await expect(page.getByRole('button', { name: PLACE_ORDER })).toBeHidden();
  await expectAccessible(page);
  await page.getByRole('button', { name: /^Pay order \d+ for €10\.00/ }).click();
  await page.getByRole('button', { name: 'Pay €10.00' }).click();
  await expect(page.getByText(CONFIRMED)).toBeVisible();
  expect(await shop.as(customer).orders()).toMatchObject([{ status: 'confirmed' }]);
  await expect(page.getByRole('link', { name: 'Basket, empty' })).toBeVisible();
});

test('an unpaid order can be cancelled or skipped before a new order', async ({ page, shop, logIn }) => {
  const customer = await newBuyer(shop);
  const [mug, pot] = [await shop.newProduct({ price: 10 }), await shop.newProduct({ price: 7 })];
  const mine = shop.as(customer);
  const ids = [await mine.declinedOrder([{ productId: mug.id, quantity: 1 }]), await mine.declinedOrder([{ productId: mug.id, quantity: 2 }])];
  await logIn(page, customer);
  await fillBasket(page, [pot]);
  await page.goto('/basket');
  await expect(page.getByRole('alert')).toContainText('You have 2 unpaid orders.');
  await page.getByRole('link', { name: 'Pay or cancel' }).click();
  await expect(page.getByRole('alert')).toContainText('You have 2 unpaid orders.');
  await expect(page.getByRole('button', { name: PLACE_ORDER })).toBeHidden();
  await page.getByRole('listitem').filter({ hasText: `Order ${ids[0]}` }).getByRole('button', { name: 'Cancel order' }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Cancel order' }).click();
  await expect(page.getByRole('alert').first()).toContainText('You have an unpaid order.');
  await page.getByRole('button', { name: 'Place a separate order' }).click();
  await page.getByRole('button', { name: 'Place order for €7.00' }).click();
  await expect(page.getByText(CONFIRMED)).toBeVisible();
  const statuses = Object.fromEntries((await mine.orders()).map(({ id, status }) => [id, status]));
  expect(statuses).toMatchObject({ [ids[0] ?? 0]: 'cancelled', [ids[1] ?? 0]: 'payment_failed' });
  expect(Object.values(statuses)).toContain('confirmed');
});

test('an unpaid order is paid once although the response is lost and another card is tried', async ({ page, shop, logIn }) => {
  const customer = await newBuyer(shop);
  const product = await shop.newProduct({ price: 10 });
  const id = await shop.as(customer).declinedOrder([{ productId: product.id, quantity: 1 }]);
  await logIn(page, customer);
  await fillBasket(page, [product]);
  const sent = await loseResponses(page, '**/api/payments');
  await page.goto(`/orders/${id}`);
  await page.getByRole('button', { name: 'Pay €10.00' }).click();
  await expect(page.getByRole('alert').or(page.getByText('€10.00, paid')).first()).toBeVisible();
  await page.unroute('**/api/payments');
  await page.goto('/checkout');
  // The order was paid: checkout finds out and removes the items from the basket.
  await expect(page.getByText(CONFIRMED)).toBeVisible();
  await expect(page.getByRole('link', { name: 'Basket, empty' })).toBeVisible();
  expect(new Set(sent.keys).size).toBe(1);
  expect(await shop.as(customer).orders()).toMatchObject([{ id, status: 'confirmed' }]);
});

test('too many payment attempts show when to try again', async ({ page, shop, logIn }) => {
  const customer = await newBuyer(shop);
  const product = await shop.newProduct({ price: 10 });
  const id = await shop.as(customer).declinedOrder([{ productId: product.id, quantity: 1 }]);
  await logIn(page, customer);
  await page.route('**/api/payments', (route) =>
    route.fulfill({
      status: 429,
      headers: { 'retry-after': '1800' },
      contentType: 'application/problem+json',
      body: JSON.stringify({ code: 'too_many_requests', message: 'Too many requests.' }),
    }),
  );
  await page.goto(`/orders/${id}`);
  await page.getByRole('button', { name: 'Pay €10.00' }).click();
  await expect(page.getByRole('alert')).toContainText(/Too many payment attempts for this order\. ?Nothing was charged\. You can try again after .*\d\d:\d\d\./);
  await page.unroute('**/api/payments');
  await page.getByRole('button', { name: 'Pay €10.00' }).click();
  await expect(page.getByText('€10.00, paid')).toBeVisible();
});
