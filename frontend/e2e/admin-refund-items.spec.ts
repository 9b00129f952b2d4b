import type { components } from '../src/lib/api/schema.gen';
import { expect, selectOption, test } from './support/admin';
import { expectAccessible } from './support/test';

type Schemas = components['schemas'];

test('an admin refunds items, each piece once', async ({ page, shop }) => {
  const customer = shop.as(await shop.newCustomer());
  const [mug, pot] = [await shop.newProduct({ price: 10 }), await shop.newProduct({ price: 25.5 })];
  const items = [{ productId: mug.id, quantity: 3 }, { productId: pot.id, quantity: 1 }];
  const order = await customer.call<Schemas['Order']>('POST', '/api/orders', { items });
  const refunds = async () => {
    const [payment] = await customer.call<Schemas['Payment'][]>('GET', `/api/payments/order/${order.id}`);
    return payment?.refunds.map(({ amount }) => amount);
  };
  const dialog = page.getByRole('dialog', { name: 'Refund payment' });
  const openItems = async () => {
    await page.getByRole('button', { name: 'Refund', exact: true }).click();
    await selectOption(page, 'Items');
  };
  await page.goto(`/admin/orders/${order.id}`);
  await openItems();
  await expectAccessible(page);
  await dialog.getByRole('button', { name: 'Refund' }).click();
  await expect(dialog.getByLabel(`${mug.name}, of 3 not refunded`)).toHaveAttribute('aria-invalid', 'true');
  await dialog.getByLabel(`${mug.name}, of 3 not refunded`).fill('1');
  await expect(dialog.getByText('This comes to €10.00.')).toBeVisible();
  await dialog.getByLabel('Reason (optional)').fill('One is chipped.');
  await dialog.getByRole('button', { name: 'Refund' }).dblclick();
  await expect(dialog).toBeHidden();
  await expect(page.getByText('Partially refunded')).toBeVisible();
  await expect(page.getByText(`1 × ${mug.name}. One is chipped.`)).toBeVisible();
  expect(await refunds()).toEqual([10]);

  await openItems();
  await dialog.getByLabel(`${mug.name}, of 2 not refunded`).fill('3');
  await dialog.getByRole('button', { name: 'Refund' }).click();
  await expect(dialog.getByLabel(`${mug.name}, of 2 not refunded`)).toHaveAccessibleDescription('Must be 2 or less.');
  await dialog.getByLabel(`${mug.name}, of 2 not refunded`).fill('2');
  await dialog.getByLabel(`${pot.name}, of 1 not refunded`).fill('1');
  await expect(dialog.getByText('This comes to €45.50.')).toBeVisible();
  await dialog.getByRole('button', { name: 'Refund' }).click();
  await expect(page.getByRole('article', { name: 'Payment of €55.50' }).getByText('Refunded', { exact: true })).toBeVisible();
  expect(await refunds()).toEqual([10, 45.5]);
});
