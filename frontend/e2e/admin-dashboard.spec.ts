import { expect, selectOption, test } from './support/admin';

test('the dashboard shows a purchase', async ({ page, shop }) => {
  await page.goto('/admin');
  await expect(page.getByRole('heading', { name: 'Best sellers' })).toBeVisible();
  const product = await shop.newProduct({ price: 9_999.99, stock: 5 });
  const customer = await shop.newCustomer();
  await shop.as(customer).call('POST', '/api/orders', { items: [{ productId: product.id, quantity: 2 }] });

  // The dashboard refetches automatically.
  const sold = page.getByRole('table', { name: 'Best sellers' }).getByRole('row').filter({ hasText: product.name });
  await expect(sold).toContainText('€19,999.98', { timeout: 40_000 });
  await expect(sold).toContainText('2 units');
  await selectOption(page, '30 days');
  await expect(page).toHaveURL(/days=30/);
  await expect(sold).toBeVisible();

  // Each chart also has a table.
  await page.getByText('View as table: Net revenue').click();
  await expect(page.getByRole('table', { name: 'Net revenue' }).getByRole('row')).toHaveCount(31);
  const today = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' }).format(new Date());
  await expect(page.getByRole('table', { name: 'Net revenue' }).getByRole('row').last()).toContainText(today);
  // Gross revenue and refunds, in addition to net revenue.
  await expect(page.getByText(/gross minus €[\d,.]+ in refunds/)).toBeVisible();
  await expect(page.getByRole('region', { name: 'Revenue in detail' })).toContainText('Tax, part of it');
  for (const name of ['Gross revenue', 'Refunds', 'Discounts', 'Shipping', 'Tax']) await expect(page.getByRole('heading', { name, exact: true })).toBeVisible();
});

test('a dashboard that fails to load can be retried', async ({ page }) => {
  await page.route('**/api/analytics/dashboard*', (route) => route.fulfill({ status: 500, body: 'no' }));
  await page.goto('/admin');
  await expect(page.getByRole('alert')).toContainText('Something went wrong on our side');
  await page.unroute('**/api/analytics/dashboard*');
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect(page.getByRole('heading', { name: 'Net revenue' })).toBeVisible();
});
