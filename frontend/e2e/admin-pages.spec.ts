import { expect, test } from './support/admin';
import { checkPage, WIDTHS } from './support/pageChecks';
import type { Shop } from './support/shop';

const VARIANTS = [...WIDTHS.map((width) => ({ width, colorScheme: 'light' as const })), ...WIDTHS.map((width) => ({ width, colorScheme: 'dark' as const }))];

for (const { width, colorScheme } of VARIANTS) {
  test.describe(`${width} pixels, ${colorScheme}`, () => {
    test.use({ viewport: { width, height: 900 }, colorScheme, contextOptions: { reducedMotion: 'reduce' } });

    test('admin pages', async ({ admin, page, shop }) => {
      test.slow();
      const { user, product, order } = await createHistory(shop, shop.as(admin));
      await checkPage(page, 'admin-dashboard', '/admin?days=30', 'Best sellers');
      await checkPage(page, 'admin-orders', '/admin/orders', `Order ${order}`);
      await checkPage(page, 'admin-orders-of-one', `/admin/orders?user=${user}&status=cancelled`, 'No orders found');
      await checkPage(page, 'admin-order', `/admin/orders/${order}`, 'Partially refunded');
      await checkPage(page, 'admin-order-unknown', '/admin/orders/2000000000', 'Order not found');
      await checkPage(page, 'admin-returns', '/admin/returns', 'All returns');
      await checkPage(page, 'admin-products', '/admin/products', 'products shown');
      await checkPage(page, 'admin-product', `/admin/products/${product}`, 'Image URL');
      await checkPage(page, 'admin-product-new', '/admin/products/new', 'Without an image');
      await checkPage(page, 'admin-stock', '/admin/stock', 'products shown');
      await checkPage(page, 'admin-stock-product', `/admin/stock/${product}`, 'Stock after');
      await checkPage(page, 'admin-reviews', '/admin/reviews', 'products shown');
      await checkPage(page, 'admin-reviews-product', `/admin/reviews/${product}`, 'My dog disagrees.');
      await checkPage(page, 'admin-messages', `/admin/messages?user=${user}`, 'Message history for Ada Lovelace');
      await checkPage(page, 'admin-settings', '/admin/settings', 'On invoices');
      await checkPage(page, 'admin-taxes', '/admin/settings/taxes', 'Tax rates');
      await checkPage(page, 'admin-shipping', '/admin/settings/shipping', 'Standard');
      await checkPage(page, 'admin-discounts', '/admin/settings/discounts', 'discount code');
      await checkPage(page, 'admin-discount-new', '/admin/settings/discounts/new', 'Uses per customer');
      await checkPage(page, 'admin-not-found', '/admin/nowhere', 'Page not found');
    });
  });
}

/** Data for every page: a partially refunded order, a review, and a stock change. */
async function createHistory(shop: Shop, admin: Shop) {
  const customer = await shop.newCustomer('Ada Lovelace');
  const whistle = { price: 24.9, stock: 12, description: 'A whistle of brass, heard three fields away.', image: '/images/stoneware-mug.svg' };
  const { id: product } = await shop.newProduct(whistle);
  const theirs = shop.as(customer);
  const { id: order } = await theirs.call<{ id: number }>('POST', '/api/orders', { items: [{ productId: product, quantity: 2 }] });
  await theirs.call('POST', '/api/reviews', { productId: product, rating: 4, comment: 'Loud. My dog disagrees.' });
  const [payment] = await theirs.call<{ id: string }[]>('GET', `/api/payments/order/${order}`);
  await admin.call('POST', `/api/payments/${payment?.id ?? ''}/refund`, { amount: 5 });
  await admin.call('PUT', `/api/inventory/${product}`, { delta: 30, reason: 'Delivery 7' });
  return { user: customer.user.id, product, order };
}

test('the admin pages can be used by keyboard', async ({ page }) => {
  await page.goto('/admin');
  const sections = page.getByRole('navigation', { name: 'Admin' });
  await sections.getByRole('link', { name: 'Dashboard' }).focus();
  await page.keyboard.press('Tab');
  await expect(sections.getByRole('link', { name: 'Orders' })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { level: 1, name: 'Orders' })).toBeVisible();
  // A new page takes the focus, so that screen readers begin there.
  await expect(page.locator('#main')).toBeFocused();
  await page.getByRole('radio', { name: 'All', exact: true }).focus();
  await page.keyboard.press('ArrowRight');
  await expect(page).toHaveURL(/status=pending/);
  await page.keyboard.press('ArrowRight');
  await expect(page).toHaveURL(/status=confirmed/);
  await expect(page.getByRole('radio', { name: 'Ready to ship' })).toBeFocused();
});
