import { expect, selectOption, tableRow, test } from './support/admin';

test('stock below the reserved quantity is rejected with an explanation', async ({ page, shop }) => {
  const product = await shop.newProduct({ stock: 10 });
  const customer = await shop.newCustomer();
  await page.goto(`/admin/stock/${product.id}`);
  const now = (name: string) => page.getByRole('definition').filter({ hasText: /^\d+$/ }).nth(['In the warehouse', 'Reserved', 'Available'].indexOf(name));
  await expect(now('In the warehouse')).toHaveText('10');

  // Simulates an order that is being paid: four units are reserved.
  await page.route(`**/api/inventory/${product.id}`, async (route) => {
    if (route.request().method() !== 'GET') return route.continue();
    const answer = await route.fetch();
    return route.fulfill({ response: answer, json: { ...((await answer.json()) as object), reserved: 4, available: 6 } });
  });
  await page.reload();
  await selectOption(page, 'Stock count');
  await page.getByLabel(/Units counted/).fill('3');
  await expect(page.getByRole('alert')).toContainText('4 units are reserved');
  await page.unroute(`**/api/inventory/${product.id}`);

  // With a real order: a slow payment keeps units reserved while the change is sent.
  const buying = shop.as(customer).call('POST', '/api/orders', { items: [{ productId: product.id, quantity: 8 }], payment: { method: 'tok_slow' } });
  await expect.poll(() => shop.call<{ reserved: number }>('GET', `/api/inventory/${product.id}`), { intervals: [50] }).toMatchObject({ reserved: 8 });
  await selectOption(page, 'Removed');
  await page.getByLabel('Units removed').fill('5');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByRole('alert').filter({ hasText: 'Nothing was changed' })).toBeVisible();
  await buying;
  expect(await shop.call('GET', `/api/inventory/${product.id}`)).toMatchObject({ quantity: 2, reserved: 0 });
});

test('the ledger lists each movement with its reason and user', async ({ admin, page, shop }) => {
  const product = await shop.newProduct({ stock: 10 });
  const customer = await shop.newCustomer();
  const order = await shop.as(customer).call<{ id: number }>('POST', '/api/orders', { items: [{ productId: product.id, quantity: 2 }] });
  await page.goto(`/admin/stock?q=${product.name}`);
  await tableRow(page, product.name).getByRole('link', { name: product.name, exact: true }).click();
  const ledger = page.getByRole('region', { name: 'Ledger' });
  await expect(ledger.getByRole('link', { name: `Order ${order.id}` })).toBeVisible();

  await page.getByLabel('Units received').fill('some');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByLabel('Units received')).toHaveAccessibleDescription(/Must be a whole number/);
  await page.getByLabel('Units received').fill('5');
  await page.getByLabel('Reason').fill('Delivery 7');
  await expect(page.getByText('New stock: 13 units, 13 available.')).toBeVisible();
  await page.getByRole('button', { name: 'Save' }).click();
  const entry = ledger.getByRole('row').filter({ hasText: 'Delivery 7' });
  await expect(entry).toContainText('+5');
  await expect(entry).toContainText(admin.user.name);
  await expect(page.getByLabel('Units received')).toHaveValue('');
  expect(await shop.call('GET', `/api/inventory/${product.id}`)).toMatchObject({ quantity: 13 });
});

test('a stock count is rejected if the stock has changed since the page was loaded', async ({ page, shop }) => {
  const product = await shop.newProduct({ stock: 10 });
  const customer = await shop.newCustomer();
  await page.goto(`/admin/stock/${product.id}`);
  await selectOption(page, 'Stock count');
  await page.getByLabel(/Units counted/).fill('9');
  await shop.as(customer).call('POST', '/api/orders', { items: [{ productId: product.id, quantity: 2 }] });
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByRole('alert')).toContainText('The stock has changed in the meantime: it is now 8');
  await page.getByLabel(/Units counted/).fill('7');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('Stock is now 7 units.')).toBeVisible();
});

test('a movement whose response was lost is applied once', async ({ page, shop }) => {
  const product = await shop.newProduct({ stock: 10 });
  const keys: (string | undefined)[] = [];
  await page.route(`**/api/inventory/${product.id}`, async (route) => {
    if (route.request().method() !== 'PUT') return route.continue();
    keys.push(route.request().headers()['idempotency-key']);
    if (keys.length > 1) return route.continue();
    // The API executes the request, but the response is lost.
    await route.fetch();
    return route.fulfill({ status: 503, headers: { 'retry-after': '1' }, body: '' });
  });
  await page.goto(`/admin/stock/${product.id}`);
  await page.getByLabel('Units received').fill('5');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('Stock is now 15 units.')).toBeVisible();
  expect(keys).toHaveLength(2);
  expect(keys[0]).toBeTruthy();
  expect(keys[1]).toBe(keys[0]);
  expect(await shop.call('GET', `/api/inventory/${product.id}`)).toMatchObject({ quantity: 15 });
});
