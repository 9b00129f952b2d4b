import { expect, tableRow, test } from './support/admin';

test('lists show changes without a reload', async ({ page, shop }) => {
  const product = await shop.newProduct({ price: 10, stock: 5 });
  const customer = await shop.newCustomer();
  const order = await shop.as(customer).call<{ id: number }>('POST', '/api/orders', { items: [{ productId: product.id, quantity: 1 }] });
  const sections = page.getByRole('navigation', { name: 'Admin' });

  // From a list to an item and back, without a page load, so that the list is cached.
  await page.goto(`/admin/products?q=${product.name}`);
  await expect(tableRow(page, product.name)).toContainText('€10.00');
  await tableRow(page, product.name).getByRole('link', { name: product.name }).click();
  await page.getByLabel('Price in EUR').fill('12,34');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText(`“${product.name}” has been saved.`)).toBeVisible();
  await page.goBack();
  await expect(tableRow(page, product.name)).toContainText('€12.34');

  await sections.getByRole('link', { name: 'Orders' }).click();
  await tableRow(page, `Order ${order.id}`).getByRole('link', { name: `Order ${order.id}` }).click();
  await page.getByRole('button', { name: 'Cancel order' }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Cancel order' }).click();
  await expect(page.getByText('Cancelled').first()).toBeVisible();
  await sections.getByRole('link', { name: 'Orders' }).click();
  await expect(tableRow(page, `Order ${order.id}`)).toContainText('Cancelled');
});

test('a refund whose response was lost is executed once', async ({ page, shop }) => {
  const product = await shop.newProduct({ price: 20 });
  const customer = shop.as(await shop.newCustomer());
  const order = await customer.call<{ id: number }>('POST', '/api/orders', { items: [{ productId: product.id, quantity: 1 }] });
  const keys: (string | undefined)[] = [];
  await page.route('**/api/payments/*/refund', async (route) => {
    keys.push(route.request().headers()['idempotency-key']);
    if (keys.length > 1) return route.fallback();
    // The API executes the request, but the response is lost.
    await route.fetch();
    return route.abort('connectionreset');
  });
  await page.goto(`/admin/orders/${order.id}`);
  await page.getByRole('button', { name: 'Refund' }).click();
  const dialog = page.getByRole('dialog', { name: 'Refund payment' });
  await dialog.getByLabel('Amount in EUR').fill('5');
  await dialog.getByRole('button', { name: 'Refund' }).click();
  await expect(dialog).toBeHidden();
  await expect(page.getByText('Partially refunded')).toBeVisible();
  expect(keys).toEqual([expect.stringMatching(/./), keys[0]]);
  const [payment] = await customer.call<{ refunds: { amount: number }[] }[]>('GET', `/api/payments/order/${order.id}`);
  expect(payment?.refunds).toMatchObject([{ amount: 5 }]);
});
