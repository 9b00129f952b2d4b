import { test as adminTest } from './support/admin';
import { limitPageSize } from './support/pageSize';
import type { Shop, TestUser } from './support/shop';
import { expect, test } from './support/test';

/** Places three orders, waits for their notifications, and returns their ids, newest first. */
async function threeOrders(shop: Shop, customer: TestUser, productId: number): Promise<number[]> {
  const mine = shop.as(customer);
  const ids: number[] = [];
  for (let n = 0; n < 3; n++) {
    const { id } = await mine.call<{ id: number }>('POST', '/api/orders', { items: [{ productId, quantity: 1 }] });
    ids.unshift(id);
  }
  await expect.poll(() => mine.call<unknown[]>('GET', `/api/notifications/user/${customer.user.id}`)).toHaveLength(3);
  return ids;
}

test('customer lists are paginated and sorted', async ({ page, shop, logIn }) => {
  const product = await shop.newProduct();
  const customer = await shop.newCustomer();
  const orders = await threeOrders(shop, customer, product.id);
  const newReviews = [
    [customer, 3, 'Does its work.'],
    [await shop.newCustomer('Ann Glad'), 5, 'The best of all.'],
    [await shop.newCustomer('Ben Cross'), 1, 'Fell apart.'],
  ] as const;
  for (const [customer, rating, comment] of newReviews) await shop.as(customer).call('POST', '/api/reviews', { productId: product.id, rating, comment });
  await limitPageSize(page, 2, [/^\/api\/orders$/, /^\/api\/notifications\/user\//, /^\/api\/reviews\/product\/\d+$/]);
  await logIn(page, customer);

  await page.goto('/orders');
  const numbers = page.getByRole('list', { name: 'Your orders, newest first' }).getByRole('heading');
  await expect(numbers).toHaveText(orders.slice(0, 2).map((id) => `Order ${id}`));
  await page.getByRole('button', { name: 'Older orders' }).click();
  await expect(numbers).toHaveText(orders.map((id) => `Order ${id}`));
  await expect(page.getByRole('button', { name: 'Older orders' })).toBeHidden();

  await page.goto('/notifications');
  const notifications = page.getByRole('list', { name: 'Notifications, newest first' }).getByRole('article');
  await expect(notifications).toHaveCount(2);
  await page.getByRole('button', { name: 'Older notifications' }).click();
  await expect(notifications).toHaveCount(3);
  await page.getByRole('link', { name: `View order ${orders[0]}` }).click();
  await expect(page).toHaveURL(`/orders/${orders[0]}`);

  await page.goto(`/products/${product.id}`);
  const reviews = page.getByRole('article', { name: /^Review by/ });
  await expect(reviews).toContainText(['Fell apart.', 'The best of all.']);
  await page.getByRole('button', { name: 'More reviews' }).click();
  await expect(reviews).toContainText(['Fell apart.', 'The best of all.', 'Does its work.']);
  await page.getByLabel('Sort reviews').selectOption('Highest rated');
  await expect(reviews).toContainText(['The best of all.', 'Does its work.']);
  await page.getByLabel('Sort reviews').selectOption('Lowest rated');
  await expect(reviews).toContainText(['Fell apart.', 'Does its work.']);
});

adminTest('admin lists are paginated', async ({ page, shop }) => {
  const product = await shop.newProduct();
  const customer = await shop.newCustomer();
  const orders = await threeOrders(shop, customer, product.id);
  await limitPageSize(page, 2, [
    /^\/api\/orders$/,
    /^\/api\/products$/,
    /^\/api\/inventory\/\d+\/ledger$/,
    /^\/api\/notifications\/user\//,
  ]);
  const more = page.getByRole('button', { name: 'Show more' });

  await page.goto(`/admin/orders?user=${customer.user.id}`);
  const numbers = page.getByRole('rowheader', { name: /^Order \d+$/ });
  await expect(numbers).toHaveText(orders.slice(0, 2).map((id) => `Order ${id}`));
  await expect(page.getByRole('status').filter({ hasText: '2 orders shown' })).toBeVisible();
  await more.click();
  await expect(numbers).toHaveText(orders.map((id) => `Order ${id}`));
  await expect(page.getByRole('status').filter({ hasText: /^3 orders$/ })).toBeVisible();
  await expect(more).toBeHidden();

  await page.goto(`/admin/stock/${product.id}`);
  const sold = page.getByRole('region', { name: 'Ledger' }).getByRole('link', { name: /^Order \d+$/ });
  await expect(sold).toHaveText(orders.slice(0, 2).map((id) => `Order ${id}`));
  await more.click();
  await expect(sold).toHaveText(orders.map((id) => `Order ${id}`));

  await page.goto(`/admin/messages?user=${customer.user.id}`);
  const messages = page.getByRole('region', { name: /^Message history/ }).getByRole('listitem');
  await expect(messages).toHaveCount(2);
  await more.click();
  await expect(messages).toHaveCount(3);

  await page.goto('/admin/products');
  const products = page.getByRole('table', { name: 'Catalog' }).getByRole('rowheader');
  await expect(products).toHaveCount(2);
  await more.click();
  await expect(products).toHaveCount(4);
  await page.getByLabel('Sort', { exact: true }).selectOption('Price: high to low');
  await expect(page).toHaveURL(/sort=-price/);
  await expect(products).toHaveCount(2);
});
