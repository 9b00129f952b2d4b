import { choose, expect, row, test } from './support/backoffice';

test('stock below what is reserved is explained, and stays', async ({ page, shop }) => {
  const product = await shop.newProduct({ stock: 10 });
  const customer = await shop.newCustomer();
  await page.goto(`/admin/stock/${product.id}`);
  const now = (name: string) => page.getByRole('definition').filter({ hasText: /^\d+$/ }).nth(['In the warehouse', 'Reserved', 'Available'].indexOf(name));
  await expect(now('In the warehouse')).toHaveText('10');

  // The shop answers this question as it would while an order is being paid: four pieces are held.
  await page.route(`**/api/inventory/${product.id}`, async (route) => {
    if (route.request().method() !== 'GET') return route.continue();
    const answer = await route.fetch();
    return route.fulfill({ response: answer, json: { ...((await answer.json()) as object), reserved: 4, available: 6 } });
  });
  await page.reload();
  await choose(page, 'Counted anew');
  await page.getByLabel(/How many there are/).fill('3');
  await expect(page.getByRole('alert')).toContainText('4 pieces are reserved');
  await page.unroute(`**/api/inventory/${product.id}`);

  // And in truth: a slow processor keeps pieces reserved while the count is sent.
  const buying = shop.as(customer).call('POST', '/api/orders', { items: [{ productId: product.id, quantity: 8 }], payment: { method: 'tok_slow' } });
  await expect.poll(() => shop.call<{ reserved: number }>('GET', `/api/inventory/${product.id}`), { intervals: [50] }).toMatchObject({ reserved: 8 });
  await choose(page, 'Went out');
  await page.getByLabel('How many went out').fill('5');
  await page.getByRole('button', { name: 'Write it down' }).click();
  await expect(page.getByRole('alert').filter({ hasText: 'Nothing was changed' })).toBeVisible();
  await buying;
  expect(await shop.call('GET', `/api/inventory/${product.id}`)).toMatchObject({ quantity: 2, reserved: 0 });
});

test('each movement is in the ledger, with its reason and whose it was', async ({ admin, page, shop }) => {
  const product = await shop.newProduct({ stock: 10 });
  const customer = await shop.newCustomer();
  const order = await shop.as(customer).call<{ id: number }>('POST', '/api/orders', { items: [{ productId: product.id, quantity: 2 }] });
  await page.goto(`/admin/stock?q=${product.name}`);
  await row(page, product.name).getByRole('link', { name: product.name, exact: true }).click();
  const ledger = page.getByRole('region', { name: 'Ledger' });
  await expect(ledger.getByRole('link', { name: `Order ${order.id}` })).toBeVisible();

  await page.getByLabel('How many came in').fill('some');
  await page.getByRole('button', { name: 'Write it down' }).click();
  await expect(page.getByLabel('How many came in')).toHaveAccessibleDescription(/Must be a whole number/);
  await page.getByLabel('How many came in').fill('5');
  await page.getByLabel('Why').fill('Delivery 7');
  await expect(page.getByText('Afterwards: 13 pieces, 13 of them available.')).toBeVisible();
  await page.getByRole('button', { name: 'Write it down' }).click();
  const entry = ledger.getByRole('row').filter({ hasText: 'Delivery 7' });
  await expect(entry).toContainText('+5');
  await expect(entry).toContainText(admin.user.name);
  await expect(page.getByLabel('How many came in')).toHaveValue('');
  expect(await shop.call('GET', `/api/inventory/${product.id}`)).toMatchObject({ quantity: 13 });
});

test('a count is not taken when something was sold meanwhile', async ({ page, shop }) => {
  const product = await shop.newProduct({ stock: 10 });
  const customer = await shop.newCustomer();
  await page.goto(`/admin/stock/${product.id}`);
  await choose(page, 'Counted anew');
  await page.getByLabel(/How many there are/).fill('9');
  await shop.as(customer).call('POST', '/api/orders', { items: [{ productId: product.id, quantity: 2 }] });
  await page.getByRole('button', { name: 'Write it down' }).click();
  await expect(page.getByRole('alert')).toContainText('sold or moved meanwhile: there are 8 now');
  await page.getByLabel(/How many there are/).fill('7');
  await page.getByRole('button', { name: 'Write it down' }).click();
  await expect(page.getByText('There are 7 pieces now.')).toBeVisible();
});

test('stock that moved although the answer was lost moves once', async ({ page, shop }) => {
  const product = await shop.newProduct({ stock: 10 });
  const keys: (string | undefined)[] = [];
  await page.route(`**/api/inventory/${product.id}`, async (route) => {
    if (route.request().method() !== 'PUT') return route.continue();
    keys.push(route.request().headers()['idempotency-key']);
    if (keys.length > 1) return route.continue();
    // It is done, and nobody hears of it.
    await route.fetch();
    return route.fulfill({ status: 503, headers: { 'retry-after': '1' }, body: '' });
  });
  await page.goto(`/admin/stock/${product.id}`);
  await page.getByLabel('How many came in').fill('5');
  await page.getByRole('button', { name: 'Write it down' }).click();
  await expect(page.getByText('There are 15 pieces now.')).toBeVisible();
  expect(keys).toHaveLength(2);
  expect(keys[0]).toBeTruthy();
  expect(keys[1]).toBe(keys[0]);
  expect(await shop.call('GET', `/api/inventory/${product.id}`)).toMatchObject({ quantity: 15 });
});
