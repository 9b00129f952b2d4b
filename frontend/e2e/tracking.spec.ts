import { newBuyer } from './support/checkout';
import { expect, test } from './support/test';

type TrackedEvent = { eventId: string; eventType: string; metadata: Record<string, unknown> };

test('each step from a search to a purchase is tracked once, without personal data', async ({ page, shop, logIn }) => {
  const customer = await newBuyer(shop);
  const product = await shop.newProduct({ price: 10 });
  const tracked: TrackedEvent[] = [];
  page.on('request', (request) => {
    if (request.url().endsWith('/api/analytics/event')) tracked.push(request.postDataJSON() as TrackedEvent);
  });
  await logIn(page, customer);
  await page.goto(`/products?q=${product.name}`);
  await expect.poll(() => tracked.map(({ eventType }) => eventType)).toEqual(['product.search']);
  await page.getByRole('link', { name: product.name }).click();
  await page.getByRole('button', { name: 'Increase quantity' }).click();
  await page.getByRole('button', { name: 'Add to basket' }).click();
  await page.getByRole('link', { name: 'Basket, 2 items' }).click();
  await page.getByRole('link', { name: 'Go to checkout' }).click();
  await page.getByRole('button', { name: 'Place order for €20.00' }).click();
  await expect(page.getByText('Thank you! Your order is confirmed.')).toBeVisible();
  const [order] = await shop.as(customer).orders();

  await expect.poll(() => tracked.map(({ eventType, metadata }) => [eventType, metadata])).toEqual([
    ['product.search', { q: product.name, found: 1 }],
    ['product.view', { productId: product.id }],
    ['basket.add', { productId: product.id, quantity: 2 }],
    ['checkout.start', {}],
    ['checkout.complete', { orderId: order?.id }],
  ]);
  expect(new Set(tracked.map(({ eventId }) => eventId)).size).toBe(tracked.length);
  expect(JSON.stringify(tracked)).not.toContain(customer.user.email);
  expect(JSON.stringify(tracked)).not.toContain(customer.user.name);
});
