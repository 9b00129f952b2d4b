import type { Page } from '@playwright/test';
import { test as adminTest } from './support/admin';
import type { Shop, TestUser } from './support/shop';
import { expect, fillBasket, test } from './support/test';

/** Opens a page while one of its requests fails: it shows an error and can be retried. */
async function expectRetryableError(page: Page, path: string, question: RegExp, ready: string | RegExp): Promise<void> {
  const asked = (url: URL) => question.test(url.pathname);
  await page.route(asked, (route) => (route.request().method() === 'GET' ? route.fulfill({ status: 500, body: 'no' }) : route.fallback()));
  await page.goto(path);
  const failed = page.getByRole('alert').filter({ hasText: 'Something went wrong on our side.' }).first();
  await expect(failed).toBeVisible();
  await page.unroute(asked);
  await failed.getByRole('button', { name: 'Try again' }).click();
  await expect(page.getByText(ready).first()).toBeVisible();
}

/** Waits for the order's notification, which is sent asynchronously. */
async function waitForNotification(shop: Shop, customer: TestUser): Promise<void> {
  const path = `/api/notifications/user/${customer.user.id}`;
  await expect.poll(() => shop.as(customer).call<unknown[]>('GET', path)).toHaveLength(1);
}

test('shop pages that fail to load can be retried', async ({ page, shop, logIn }) => {
  const customer = await shop.newCustomer();
  const product = await shop.newProduct({ price: 10 });
  const order = await shop.as(customer).call<{ id: number }>('POST', '/api/orders', { items: [{ productId: product.id, quantity: 1 }] });
  await waitForNotification(shop, customer);
  await logIn(page, customer);
  await fillBasket(page, [product]);
  const itself = new RegExp(`^/api/products/${product.id}$`);
  await expectRetryableError(page, '/', /^\/api\/products$/, 'See all');
  await expectRetryableError(page, '/', /^\/api\/products\/categories$/, 'Kitchen');
  await expectRetryableError(page, '/products', /^\/api\/products$/, 'Show more');
  await expectRetryableError(page, `/products/${product.id}`, itself, 'Add to basket');
  await expectRetryableError(page, `/products/${product.id}`, /\/summary$/, 'No reviews yet');
  await expectRetryableError(page, `/products/${product.id}`, new RegExp(`^/api/reviews/product/${product.id}$`), 'Be the first to review this product.');
  await expectRetryableError(page, '/basket', itself, 'Go to checkout');
  await expectRetryableError(page, '/checkout', itself, 'Place order for €10.00');
  await expectRetryableError(page, '/orders', /^\/api\/orders$/, `Order ${order.id}`);
  await expectRetryableError(page, `/orders/${order.id}`, /^\/api\/orders\/\d+$/, 'Paid and reserved for you.');
  await expectRetryableError(page, '/notifications', /^\/api\/notifications\//, `Your order ${order.id} is confirmed`);
});

adminTest('admin pages that fail to load can be retried', async ({ page, shop }) => {
  const customer = await shop.newCustomer();
  const product = await shop.newProduct();
  const { id } = await shop.as(customer).call<{ id: number }>('POST', '/api/orders', { items: [{ productId: product.id, quantity: 1 }] });
  await waitForNotification(shop, customer);
  await expectRetryableError(page, '/admin/orders', /^\/api\/orders$/, `Order ${id}`);
  await expectRetryableError(page, `/admin/orders/${id}`, /^\/api\/orders\/\d+$/, 'Cancel order');
  await expectRetryableError(page, `/admin/orders/${id}`, /^\/api\/payments\/order\//, 'Captured');
  await expectRetryableError(page, '/admin/products', /^\/api\/products$/, product.name);
  await expectRetryableError(page, `/admin/products/${product.id}`, /^\/api\/products\/\d+$/, 'Details');
  await expectRetryableError(page, `/admin/stock/${product.id}`, /^\/api\/inventory\/\d+$/, 'In the warehouse');
  await expectRetryableError(page, `/admin/stock/${product.id}`, /\/ledger$/, `Order ${id}`);
  await expectRetryableError(page, `/admin/reviews/${product.id}`, /^\/api\/reviews\/product\/\d+$/, 'No reviews yet');
  await expectRetryableError(page, `/admin/messages?user=${customer.user.id}`, /^\/api\/notifications\//, `Your order ${id} is confirmed`);
});
