import type { components } from '../src/lib/api/schema.gen';
import { expect, selectOption, tableRow, test } from './support/admin';
import type { Shop, TestUser } from './support/shop';

type Order = components['schemas']['Order'];
type Payment = components['schemas']['Payment'];

/** A customer with an order of three units for 60 euros. */
async function placeOrder(shop: Shop): Promise<{ customer: TestUser; order: Order }> {
  const customer = await shop.newCustomer();
  const product = await shop.newProduct({ price: 20 });
  const order = await shop.as(customer).call<Order>('POST', '/api/orders', { items: [{ productId: product.id, quantity: 3 }] });
  return { customer, order };
}

test('an admin ships an order and its customer sees it', async ({ page, shop, otherPage, logIn }) => {
  const { customer, order } = await placeOrder(shop);
  await logIn(otherPage, customer);

  await page.goto('/admin/orders');
  await selectOption(page, 'Ready to ship');
  await tableRow(page, `Order ${order.id}`).getByRole('link', { name: `Order ${order.id}` }).click();
  await expect(page.getByText(customer.user.email)).toBeVisible();
  await page.getByRole('button', { name: 'Mark as shipped' }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Mark as shipped' }).click();
  await expect(page.getByRole('button', { name: 'Mark as delivered' })).toBeVisible();
  await otherPage.goto(`/orders/${order.id}`);
  await expect(otherPage.getByText('On its way').first()).toBeVisible();

  await page.getByRole('button', { name: 'Mark as delivered' }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Mark as delivered' }).click();
  await expect(page.getByRole('button', { name: /Mark as/ })).toHaveCount(0);
  await expect(page.getByRole('button', { name: 'Cancel order' })).toHaveCount(0);
  await expect.poll(() => shop.as(customer).call<{ type: string }[]>('GET', `/api/notifications/user/${customer.user.id}`)).toContainEqual(
    expect.objectContaining({ type: 'order_delivered', orderId: order.id }),
  );
});

test('an order that changed in the meantime shows an error and its current status', async ({ admin, page, shop }) => {
  const { order } = await placeOrder(shop);
  await page.goto(`/admin/orders/${order.id}`);
  await expect(page.getByRole('button', { name: 'Mark as shipped' })).toBeVisible();
  await shop.as(admin).call('PUT', `/api/orders/${order.id}`, { status: 'cancelled' });
  await page.getByRole('button', { name: 'Mark as shipped' }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Mark as shipped' }).click();
  await expect(page.getByRole('alert').getByText('An order with status cancelled cannot be changed to shipped.')).toBeVisible();
  await expect(page.getByRole('button', { name: /Mark as/ })).toHaveCount(0);
});

test('cancelling an order as an admin refunds the payment', async ({ page, shop }) => {
  const { customer, order } = await placeOrder(shop);
  await page.goto(`/admin/orders/${order.id}`);
  await page.getByRole('button', { name: 'Cancel order' }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Cancel order' }).click();
  await expect(page.getByText('Cancelled').first()).toBeVisible();
  await expect(page.getByRole('article', { name: 'Payment of €60.00' }).getByText(/^(Refunded|Voided)$/)).toBeVisible();
  const [payment] = await shop.as(customer).call<Payment[]>('GET', `/api/payments/order/${order.id}`);
  expect(payment?.status).toBe('refunded');
});

test('an admin refunds a part and then the rest, and a double click refunds once', async ({ page, shop }) => {
  const { customer, order } = await placeOrder(shop);
  const refunds = async () => {
    const [payment] = await shop.as(customer).call<Payment[]>('GET', `/api/payments/order/${order.id}`);
    return payment?.refunds.map(({ amount }) => amount);
  };
  await page.goto(`/admin/orders/${order.id}`);
  await page.getByRole('button', { name: 'Refund' }).click();
  const dialog = page.getByRole('dialog', { name: 'Refund payment' });
  await dialog.getByLabel('Amount in EUR').fill('100');
  await dialog.getByRole('button', { name: 'Refund' }).click();
  await expect(dialog.getByRole('alert')).toContainText('At most');
  await dialog.getByLabel('Amount in EUR').fill('19,99');
  await dialog.getByRole('button', { name: 'Refund' }).dblclick();
  await expect(dialog).toBeHidden();
  await expect(page.getByText('Partially refunded')).toBeVisible();
  expect(await refunds()).toEqual([19.99]);

  await page.getByRole('button', { name: 'Refund' }).click();
  await expect(dialog.getByLabel('Amount in EUR')).toHaveValue('40.01');
  await dialog.getByRole('button', { name: 'Refund' }).click();
  await expect(page.getByRole('article', { name: 'Payment of €60.00' }).getByText('Refunded', { exact: true })).toBeVisible();
  expect(await refunds()).toEqual([19.99, 40.01]);
});

test('orders can be filtered by customer ID', async ({ page, shop }) => {
  const { customer, order } = await placeOrder(shop);
  await page.goto('/admin/orders');
  await page.getByLabel('Customer ID').fill('Vera');
  await page.getByRole('button', { name: 'Filter', exact: true }).click();
  await expect(page.getByText('Must be a customer ID.')).toBeVisible();
  await page.getByLabel('Customer ID').fill(String(customer.user.id));
  await page.getByRole('button', { name: 'Filter', exact: true }).click();
  await expect(page.getByRole('status').filter({ hasText: '1 order' })).toBeVisible();
  await expect(tableRow(page, `Order ${order.id}`)).toBeVisible();
  await page.getByRole('button', { name: /clear customer filter/ }).click();
  await expect(page.getByLabel('Customer ID')).toBeVisible();
});
