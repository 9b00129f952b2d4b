import type { components } from '../src/lib/api/schema.gen';
import { expect, test } from './support/admin';
import { loseRequests, loseResponses } from './support/lostResponses';

type Order = components['schemas']['Order'];
type Payment = components['schemas']['Payment'];

test('another amount after a lost response is not a second refund', async ({ admin, page, shop }) => {
  const customer = await shop.newCustomer();
  const product = await shop.newProduct({ price: 20 });
  const order = await shop.as(customer).call<Order>('POST', '/api/orders', { items: [{ productId: product.id, quantity: 3 }] });
  const refunds = async () => {
    const [payment] = await shop.as(admin).call<Payment[]>('GET', `/api/payments/order/${order.id}`);
    return payment?.refunds.map(({ amount }) => amount);
  };
  const sent = await loseResponses(page, /\/refund$/);
  await page.goto(`/admin/orders/${order.id}`);
  await page.getByRole('button', { name: 'Refund' }).click();
  const dialog = page.getByRole('dialog', { name: 'Refund payment' });
  await dialog.getByLabel('Amount in EUR').fill('20');
  await dialog.getByRole('button', { name: 'Refund' }).click();
  await expect(dialog.getByRole('alert').first()).toBeVisible();
  await page.unrouteAll({ behavior: 'wait' });
  await dialog.getByLabel('Amount in EUR').fill('30');
  await dialog.getByRole('button', { name: 'Refund' }).click();
  await expect(dialog.getByText('This was not sent').or(page.getByText('refunded. The customer')).first()).toBeVisible();
  expect(await refunds()).toEqual([20]);

  // After a reload the refund is still known to be unconfirmed, and can be resent.
  await page.reload();
  await page.getByRole('button', { name: 'Refund' }).click();
  await expect(dialog.getByRole('alert')).toContainText(/A refund of €20\.00 sent on .* got no response/);
  await expect(dialog.getByRole('button', { name: 'Discard' })).toBeHidden();
  await dialog.getByRole('button', { name: 'Send again' }).click();
  await expect(page.getByText('€20.00 refunded. The customer has been notified.')).toBeVisible();
  expect(await refunds()).toEqual([20]);
  expect(sent.keys).toHaveLength(1);
});

test('another quantity after a lost response is not a second movement', async ({ admin, page, shop }) => {
  const product = await shop.newProduct({ stock: 10 });
  const stock = () => shop.as(admin).call('GET', `/api/inventory/${product.id}`);
  const url = `**/api/inventory/${product.id}`;
  await loseResponses(page, url);
  await page.goto(`/admin/stock/${product.id}`);
  await page.getByLabel('Units received').fill('5');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByRole('alert').first()).toBeVisible();
  await page.unrouteAll({ behavior: 'wait' });
  await page.getByLabel('Units received').fill('6');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('This was not sent').or(page.getByText('Stock is now 21 units.')).first()).toBeVisible();
  expect(await stock()).toMatchObject({ quantity: 15 });
  await page.getByRole('button', { name: 'Send again' }).click();
  await expect(page.getByText('Stock is now 15 units.')).toBeVisible();
  expect(await stock()).toMatchObject({ quantity: 15 });
});

test('a product whose response was lost is not added a second time under another name', async ({ admin, page, shop }) => {
  const { name } = await shop.newProduct();
  const named = async () => (await shop.as(admin).call<{ id: number; name: string }[]>('GET', `/api/products?q=${name}`)).map((one) => one.name);
  await loseResponses(page, '**/api/products');
  await page.goto('/admin/products/new');
  await page.getByLabel('Name').fill(`${name} two`);
  await page.getByLabel('Price in EUR').fill('5');
  await page.getByRole('button', { name: 'Add product' }).click();
  await expect(page.getByRole('alert').first()).toBeVisible();
  await page.unrouteAll({ behavior: 'wait' });
  await page.getByLabel('Name').fill(`${name} three`);
  await page.getByRole('button', { name: 'Add product' }).click();
  await expect(page.getByText('This was not sent').or(page.getByText('has been added to the catalog')).first()).toBeVisible();
  expect((await named()).sort()).toEqual([name, `${name} two`]);
  await page.getByRole('button', { name: 'Send again' }).click();
  await expect(page.getByText(`“${name} two” has been added to the catalog.`)).toBeVisible();
  for (const one of await shop.as(admin).call<{ id: number; name: string }[]>('GET', `/api/products?q=${name}`)) {
    if (one.name !== name) await shop.as(admin).call('DELETE', `/api/products/${one.id}`);
  }
});

test('another text after a lost response is not a second message', async ({ admin, page, shop }) => {
  const customer = await shop.newCustomer();
  const subjects = async () => (await shop.as(admin).call<{ subject: string }[]>('GET', `/api/notifications/user/${customer.user.id}`)).map(({ subject }) => subject);
  await loseRequests(page, '**/api/notifications');
  await page.goto(`/admin/messages?user=${customer.user.id}`);
  await page.getByLabel('Subject').fill('First');
  await page.getByLabel('Message', { exact: true }).fill('A word.');
  await page.getByRole('button', { name: 'Send', exact: true }).click();
  await page.getByRole('button', { name: 'Send now', exact: true }).click();
  await expect(page.getByRole('alert').first()).toBeVisible();
  await page.unrouteAll({ behavior: 'wait' });
  await page.getByLabel('Subject').fill('Second');
  await page.getByRole('button', { name: 'Send', exact: true }).click();
  await page.getByRole('button', { name: 'Send now', exact: true }).click();
  await expect(page.getByText('This was not sent').or(page.getByText(/^Sent/)).first()).toBeVisible();
  expect(await subjects()).toEqual([]);
  await page.getByRole('button', { name: 'Send again' }).click();
  await expect.poll(subjects).toEqual(['First']);
});
