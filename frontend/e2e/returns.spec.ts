import type { Page } from '@playwright/test';
import type { components } from '../src/lib/api/schema.gen';
import { expect, selectOption, tableRow, test as adminTest } from './support/admin';
import { loseResponses } from './support/lostResponses';
import type { Shop, TestUser } from './support/shop';
import { expectAccessible, test } from './support/test';

type Schemas = components['schemas'];

/** A customer with an order of three units for 60 euros, which has arrived. */
async function deliveredOrder(shop: Shop) {
  const customer = await shop.newCustomer();
  const product = await shop.newProduct({ price: 20, stock: 10 });
  const order = await shop.as(customer).call<Schemas['Order']>('POST', '/api/orders', { items: [{ productId: product.id, quantity: 3 }] });
  const admin = shop.as(await shop.admin());
  for (const status of ['shipped', 'delivered']) await admin.call('PUT', `/api/orders/${order.id}`, { status });
  return { customer, product, order, admin };
}

/** Asks for a return of some pieces on the page of the order. */
async function requestReturn(page: Page, name: string, pieces: string, reason: string): Promise<void> {
  await page.getByRole('button', { name: 'Return items' }).click();
  const dialog = page.getByRole('dialog', { name: 'Return items' });
  await dialog.getByLabel(name).selectOption(pieces);
  await dialog.getByLabel('Why do you want to return it?').fill(reason);
  await dialog.getByRole('button', { name: 'Request return' }).click();
}

async function openOrder(page: Page, logIn: (page: Page, person: TestUser) => Promise<void>, customer: TestUser, orderId: number): Promise<void> {
  await logIn(page, customer);
  await page.goto(`/orders/${orderId}`);
}

adminTest('a customer returns items, an admin approves and receives them, and they are refunded', async ({ page, otherPage, shop, logIn }) => {
  const { customer, product, order, admin } = await deliveredOrder(shop);
  await openOrder(otherPage, logIn, customer, order.id);
  await expect(otherPage.getByText(/^You can return items until/)).toBeVisible();
  await otherPage.getByRole('button', { name: 'Return items' }).click();
  await expectAccessible(otherPage);
  await otherPage.getByRole('button', { name: 'Request return' }).click();
  await expect(otherPage.getByRole('dialog').getByLabel(product.name)).toHaveAccessibleDescription('Choose at least one item.');
  await otherPage.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
  await requestReturn(otherPage, product.name, '2', 'They are chipped.');
  await expect(otherPage.getByText('We have received your request, and will reply soon.')).toBeVisible();
  const theirs = otherPage.getByRole('region', { name: 'Returns' });
  const history = otherPage.getByRole('list', { name: 'Order history' });
  await expect(theirs).toContainText('Return requested');
  await expect(history).toContainText('Return requested');

  await page.goto('/admin/returns');
  await selectOption(page, 'Requested');
  await expect(page).toHaveURL(/status=requested/);
  await expect(tableRow(page, `Order ${order.id}`)).toContainText('They are chipped.');
  await tableRow(page, `Order ${order.id}`).getByRole('link', { name: `Order ${order.id}` }).click();
  const one = page.getByRole('article', { name: 'Return 1' });
  await one.getByRole('button', { name: 'Approve' }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Approve' }).click();
  await expect(one.getByText('Approved')).toBeVisible();
  await expect(one.getByRole('button', { name: 'Approve' })).toHaveCount(0);
  await otherPage.reload();
  await expect(theirs).toContainText('Return approved');

  await one.getByRole('button', { name: 'Receive' }).click();
  const dialog = page.getByRole('dialog', { name: 'Receive return 1' });
  await dialog.getByLabel(`${product.name}: back on sale, of 2`).fill('3');
  await dialog.getByRole('button', { name: 'Receive return' }).click();
  await expect(dialog.getByLabel(`${product.name}: back on sale, of 2`)).toHaveAccessibleDescription(/^Must be 2 or less/);
  await dialog.getByLabel(`${product.name}: back on sale, of 2`).fill('1');
  await dialog.getByLabel('Note to the customer').fill('One of them was broken.');
  await dialog.getByRole('button', { name: 'Receive return' }).dblclick();
  await expect(dialog).toBeHidden();
  await expect(one.getByText('Received').first()).toBeVisible();
  await expect(one).toContainText('€40.00');
  await expect(one.getByRole('button')).toHaveCount(0);

  await otherPage.reload();
  await expect(theirs).toContainText('€40.00 refunded.');
  await expect(theirs).toContainText('One of them was broken.');
  await expect(history).toContainText(/Refunded .*40\.00/);
  await expect(otherPage.getByText('€60.00, partially refunded')).toBeVisible();
  const [payment] = await shop.as(customer).call<Schemas['Payment'][]>('GET', `/api/payments/order/${order.id}`);
  expect(payment?.refunds.map(({ amount }) => amount)).toEqual([40]);
  // 10 less 3 sold, and 1 of them is back.
  await expect.poll(() => admin.call('GET', `/api/inventory/${product.id}`)).toMatchObject({ quantity: 8 });
});

adminTest('a declined return leaves its items with the customer, and the shop can add one', async ({ page, otherPage, shop, logIn }) => {
  const { customer, product, order } = await deliveredOrder(shop);
  await openOrder(otherPage, logIn, customer, order.id);
  await requestReturn(otherPage, product.name, '3', 'I changed my mind.');
  await expect(otherPage.getByRole('region', { name: 'Returns' })).toContainText('Return requested');
  await expect(otherPage.getByRole('button', { name: 'Return items' })).toHaveCount(0);

  await page.goto(`/admin/orders/${order.id}`);
  const returns = page.getByRole('region', { name: 'Returns' });
  await expect(returns.getByRole('button', { name: 'Return items' })).toHaveCount(0);
  await page.getByRole('article', { name: 'Return 1' }).getByRole('button', { name: 'Reject' }).click();
  await page.getByLabel('Note to the customer').fill('They were used.');
  await page.getByRole('button', { name: 'Reject return' }).click();
  await expect(page.getByRole('article', { name: 'Return 1' }).getByText('Rejected')).toBeVisible();
  await otherPage.reload();
  await expect(otherPage.getByRole('region', { name: 'Returns' })).toContainText('The shop says: They were used.');
  await expect(otherPage.getByRole('button', { name: 'Return items' })).toBeVisible();

  await returns.getByRole('button', { name: 'Return items' }).click();
  const dialog = page.getByRole('dialog', { name: 'Return items' });
  await dialog.getByLabel(`${product.name}, of 3 shipped`).fill('1');
  await dialog.getByLabel('Reason').fill('By phone.');
  await dialog.getByRole('button', { name: 'Add return' }).click();
  await expect(page.getByRole('article', { name: 'Return 2' }).getByText('By phone.')).toBeVisible();
});

test('a request for a return whose response was lost counts once', async ({ page, shop, logIn }) => {
  const { customer, product, order } = await deliveredOrder(shop);
  const sent = await loseResponses(page, /\/returns$/);
  await openOrder(page, logIn, customer, order.id);
  await requestReturn(page, product.name, '1', 'It is chipped.');
  const dialog = page.getByRole('dialog', { name: 'Return items' });
  await expect(dialog.getByText(/^Your request sent on .* got no response\.$/)).toBeVisible();
  await page.unrouteAll({ behavior: 'wait' });

  // After a reload the request is still known to be unconfirmed, and can be sent again.
  await page.reload();
  await page.getByRole('button', { name: 'Return items' }).click();
  await dialog.getByRole('button', { name: 'Send again' }).click();
  await expect(page.getByText('We have received your request, and will reply soon.')).toBeVisible();
  const { returns } = await shop.as(customer).order(order.id);
  expect(returns).toMatchObject([{ status: 'requested', items: [{ productId: product.id, quantity: 1 }] }]);
  expect(sent.keys).toHaveLength(1);
});
