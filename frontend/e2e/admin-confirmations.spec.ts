import type { components } from '../src/lib/api/schema.gen';
import { expect, selectOption, test } from './support/admin';
import type { Shop, TestUser } from './support/shop';
import { unique } from './support/shop';

type Order = components['schemas']['Order'];
type Payment = components['schemas']['Payment'];

async function placeOrder(shop: Shop): Promise<{ customer: TestUser; order: Order }> {
  const customer = await shop.newCustomer();
  const product = await shop.newProduct({ price: 20 });
  const order = await shop.as(customer).call<Order>('POST', '/api/orders', { items: [{ productId: product.id, quantity: 1 }] });
  return { customer, order };
}

test('order actions ask for confirmation', async ({ admin, page, shop }) => {
  const { order } = await placeOrder(shop);
  const writes: string[] = [];
  page.on('request', (request) => request.method() === 'PUT' && writes.push(request.url()));
  await page.goto(`/admin/orders/${order.id}`);
  for (const [button, text] of [
    ['Mark as shipped', 'on its way'],
    ['Cancel order', 'The customer is notified'],
  ] as const) {
    await page.getByRole('button', { name: button }).click();
    await expect(page.getByRole('alertdialog')).toContainText(text);
    await page.getByRole('alertdialog').getByRole('button', { name: /^(Not yet|Keep order)$/ }).click();
    await expect(page.getByRole('alertdialog')).toBeHidden();
    await expect(page.getByRole('button', { name: button })).toBeFocused();
  }
  expect(writes).toEqual([]);
  expect(await shop.as(admin).call('GET', `/api/orders/${order.id}`)).toMatchObject({ status: 'confirmed' });
});

test('a closing confirmation does not change its action and cannot be confirmed twice', async ({ admin, page, shop }) => {
  const { order } = await placeOrder(shop);
  const writes: string[] = [];
  page.on('request', (request) => request.method() === 'PUT' && writes.push(request.url()));
  await page.goto(`/admin/orders/${order.id}`);
  // Slows down the closing animation, to click the button again.
  await page.evaluate(() => document.documentElement.style.setProperty('--calm', '4s'));
  await page.getByRole('button', { name: 'Mark as shipped' }).click();
  const dialog = page.getByRole('alertdialog');
  const confirm = dialog.getByRole('button', { name: /^Mark as/ });
  await confirm.click();
  // The page behind the dialog already offers the next transition.
  await expect(page.getByText('Shipped', { exact: true }).first()).toBeVisible();
  await expect(confirm).toHaveText('Mark as shipped');
  await confirm.dispatchEvent('click');
  await expect(dialog).toBeHidden();
  await expect(page.getByRole('button', { name: 'Mark as delivered' })).toBeVisible();
  expect(writes).toHaveLength(1);
  expect(await shop.as(admin).call('GET', `/api/orders/${order.id}`)).toMatchObject({ status: 'shipped' });
});

test('a fully refunded order cannot be marked as shipped', async ({ admin, page, shop }) => {
  const { customer, order } = await placeOrder(shop);
  const [payment] = await shop.as(customer).call<Payment[]>('GET', `/api/payments/order/${order.id}`);
  await page.goto(`/admin/orders/${order.id}`);
  await expect(page.getByRole('button', { name: 'Mark as shipped' })).toBeVisible();
  await shop.as(admin).call('POST', `/api/payments/${payment?.id ?? ''}/refund`, { all: true });
  await page.reload();
  await expect(page.getByText('This order was fully refunded, so it cannot be shipped.')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Mark as shipped' })).toHaveCount(0);
  await expect(page.getByRole('button', { name: 'Cancel order' })).toBeVisible();
});

test('a price of zero and a large price change ask for confirmation', async ({ admin, page, shop }) => {
  const product = await shop.newProduct({ price: 12 });
  const price = async () => (await shop.as(admin).call<{ price: number }>('GET', `/api/products/${product.id}`)).price;
  await page.goto(`/admin/products/${product.id}`);
  const dialog = page.getByRole('alertdialog', { name: 'Is this correct?' });
  for (const [typed, words] of [
    ['0', 'The price is €0.00'],
    ['1250', 'from €12.00 to €1,250.00'],
  ] as const) {
    await page.getByLabel('Price in EUR').fill(typed);
    await page.getByRole('button', { name: 'Save' }).click();
    await expect(dialog).toContainText(words);
    await dialog.getByRole('button', { name: 'Go back' }).click();
    await expect(dialog).toBeHidden();
    await expect(page.getByRole('alert')).toHaveCount(0);
    expect(await price()).toBe(12);
  }
  await page.getByRole('button', { name: 'Save' }).click();
  await dialog.getByRole('button', { name: 'Save anyway' }).click();
  await expect(page.getByText(`“${product.name}” has been saved.`)).toBeVisible();
  expect(await price()).toBe(1250);
});

test('stock changes reject negative quantities and confirm unusually large ones', async ({ admin, page, shop }) => {
  const product = await shop.newProduct({ stock: 10 });
  const stockQuantity = async () => (await shop.as(admin).call<{ quantity: number }>('GET', `/api/inventory/${product.id}`)).quantity;
  await page.goto(`/admin/stock/${product.id}`);
  const save = page.getByRole('button', { name: 'Save', exact: true });
  await page.getByLabel('Units received').fill('-7');
  await save.click();
  await expect(page.getByLabel('Units received')).toHaveAccessibleDescription(/Must be at least 1\. To remove stock, choose “Removed”\./);
  await selectOption(page, 'Removed');
  await page.getByLabel('Units removed').fill('−7');
  await save.click();
  await expect(page.getByLabel('Units removed')).toHaveAccessibleDescription(/To add stock, choose “Received”/);
  await selectOption(page, 'Received');
  await page.getByLabel('Units received').fill('50000');
  await save.click();
  await page.getByRole('alertdialog', { name: 'Is this correct?' }).getByRole('button', { name: 'Go back' }).click();
  expect(await stockQuantity()).toBe(10);
  await page.getByLabel('Units received').fill('5');
  await save.click();
  await expect(page.getByText('Stock is now 15 units.')).toBeVisible();
  expect(await stockQuantity()).toBe(15);
});

test('a message to an unknown customer is not sent', async ({ admin, page }) => {
  const sent: string[] = [];
  page.on('request', (request) => request.method() === 'POST' && request.url().endsWith('/api/notifications') && sent.push(request.url()));
  await page.goto('/admin/messages');
  await page.getByLabel('Customer ID').fill('2000000000');
  await expect(page.getByText('Customer not found.')).toBeVisible();
  await page.getByLabel('Subject').fill('Your umbrella');
  await page.getByLabel('Message', { exact: true }).fill('You left it here.');
  await page.getByRole('button', { name: 'Send' }).click();
  await expect(page.getByLabel('Customer ID')).toHaveAttribute('aria-invalid', 'true');
  await expect(page.getByLabel('Customer ID')).toBeFocused();
  await expect(page.getByText(/^Sent/)).toHaveCount(0);
  await expect(page.getByLabel('Message', { exact: true })).toHaveValue('You left it here.');

  // An existing customer: asks for confirmation, and sends nothing if it is declined.
  await page.getByLabel('Customer ID').fill(String(admin.user.id));
  await page.getByRole('button', { name: 'Send' }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Cancel' }).click();
  await expect(page.getByRole('alertdialog')).toBeHidden();
  expect(sent).toEqual([]);
});

test('a category is saved with the existing spelling', async ({ admin, page, shop }) => {
  const name = unique('Copper Pot');
  await page.goto('/admin/products/new');
  await page.getByLabel('Name', { exact: true }).fill(name);
  await page.getByLabel('Price in EUR').fill('30');
  await page.getByLabel('Category').fill('kitchen');
  await expect(page.getByText('Will be saved under the existing category “Kitchen”.')).toBeVisible();
  await expect(page.locator('datalist option[value="Kitchen"]')).toHaveCount(1);
  await page.getByRole('button', { name: 'Add product' }).click();
  await expect(page.getByRole('heading', { level: 1, name })).toBeVisible();
  const [product] = await shop.as(admin).call<{ id: number; category: string }[]>('GET', `/api/products?q=${name}`);
  expect(product?.category).toBe('Kitchen');
  await shop.as(admin).call('DELETE', `/api/products/${product?.id ?? 0}`);
});
