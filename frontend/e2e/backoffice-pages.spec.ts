import { expect, test } from './support/backoffice';

const WIDTHS = [360, 1440] as const;
/** Every page of the back office, with what tells that it is there. `:product` and `:order` are made first. */
const PAGES = [
  ['dashboard', '/admin?days=30', 'Best sellers'],
  ['orders', '/admin/orders', 'All orders'],
  ['order', '/admin/orders/:order', 'Payments'],
  ['products', '/admin/products', 'Catalogue'],
  ['product', '/admin/products/:product', 'Details'],
  ['product-new', '/admin/products/new', 'Details'],
  ['stock', '/admin/stock', 'Products'],
  ['stock-product', '/admin/stock/:product', 'Ledger'],
  ['reviews', '/admin/reviews', 'Products'],
  ['reviews-product', '/admin/reviews/:product', 'What is said'],
  ['messages', '/admin/messages?user=:user', 'Write to a customer'],
  ['missing', '/admin/nowhere', 'The back office has no such page.'],
] as const;

test.describe.configure({ timeout: 120_000 });

for (const width of WIDTHS) {
  for (const scheme of ['light', 'dark'] as const) {
    test(`every page at ${width} px, ${scheme}: fits, is accessible, and is kept as a picture`, async ({ admin, page, shop, accessible }) => {
      const customer = await shop.newCustomer('Ada Lovelace');
      const product = await shop.newProduct({ price: 24.9, stock: 12, description: 'A whistle of brass, heard three fields away.' });
      const buyer = shop.as(customer);
      const order = await buyer.call<{ id: number }>('POST', '/api/orders', { items: [{ productId: product.id, quantity: 2 }] });
      await buyer.call('POST', '/api/reviews', { productId: product.id, rating: 4, comment: 'Loud. My dog disagrees.' });
      const [payment] = await buyer.call<{ id: string }[]>('GET', `/api/payments/order/${order.id}`);
      await shop.as(admin).call('POST', `/api/payments/${payment?.id ?? ''}/refund`, { amount: 5 });

      await page.setViewportSize({ width, height: 900 });
      await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
      for (const [name, path, sign] of PAGES) {
        await page.goto(path.replace(':product', String(product.id)).replace(':order', String(order.id)).replace(':user', String(customer.user.id)));
        await expect(page.getByRole('heading', { name: sign }).first()).toBeVisible();
        await expect(page.locator('[aria-busy=true]')).toHaveCount(0);
        await page.evaluate(() => document.fonts.ready);
        await page.screenshot({ path: `test-output/screens/admin-${name}-${width}-${scheme}.png`, fullPage: true });
        await accessible(page);
        const wider = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
        expect(wider, `${name} is wider than ${width} px`).toBeLessThanOrEqual(0);
      }
    });
  }
}

test('the back office is walked through by keyboard', async ({ admin, page }) => {
  expect(admin.user.role).toBe('admin');
  await page.goto('/admin');
  const parts = page.getByRole('navigation', { name: 'Back office' });
  await parts.getByRole('link', { name: 'Dashboard' }).focus();
  await page.keyboard.press('Tab');
  await expect(parts.getByRole('link', { name: 'Orders' })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { level: 1, name: 'Orders' })).toBeVisible();
  // A new page takes the focus, so a screen reader begins with it.
  await expect(page.locator('#main')).toBeFocused();
  await page.getByRole('radio', { name: 'All', exact: true }).focus();
  await page.keyboard.press('ArrowRight');
  await expect(page).toHaveURL(/status=pending/);
  await page.keyboard.press('ArrowRight');
  await expect(page).toHaveURL(/status=confirmed/);
  await expect(page.getByRole('radio', { name: 'To be shipped' })).toBeFocused();
});
