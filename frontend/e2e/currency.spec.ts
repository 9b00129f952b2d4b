import { unique } from './support/shop';
import { expect, test } from './support/test';

test('prices have the currency of the shop, from the second page on at once', async ({ page, shop }) => {
  const product = await shop.newProduct({ name: unique('Lamp'), price: 12.5 });
  await page.route('**/api/orders/shop', (route) => route.fulfill({ json: { name: null, currency: 'USD', pricesIncludeTax: true } }));
  await page.goto(`/products/${product.id}`);
  await expect(page.getByText('US$12.50')).toBeVisible();
  await page.getByRole('button', { name: /add to basket/i }).click();
  await page.unroute('**/api/orders/shop');
  // Without a response the last known currency stays.
  await page.route('**/api/orders/shop', (route) => route.abort());
  await page.goto('/basket');
  await expect(page.getByText('US$12.50 each')).toBeVisible();
  await expect(page.getByRole('complementary', { name: 'Order summary' })).toContainText('US$12.50');
});
