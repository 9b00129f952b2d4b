import { fillAddress } from './support/checkout';
import { unique } from './support/shop';
import { expect, test, tokenOf } from './support/test';

test('sign up, search, buy, see the order and its notification, review, log out', async ({ page, shop }) => {
  const product = await shop.newProduct({ name: unique('Copper Kettle'), price: 79.9, stock: 5 });

  await page.goto('/');
  await page.getByRole('link', { name: 'Log in' }).click();
  await page.getByRole('link', { name: 'Create an account' }).click();
  await page.getByLabel('Name').fill('Jo Traveller');
  await page.getByLabel('Email').fill(`${unique('jo')}@example.org`);
  await page.getByLabel('Password').fill('a whole new password');
  await page.getByRole('button', { name: 'Create account' }).click();
  await expect(page.getByRole('link', { name: 'Account: Jo Traveller' })).toBeVisible();

  await page.getByRole('searchbox', { name: 'Search products' }).pressSequentially(product.name);
  await expect(page).toHaveURL(/\/products\?q=/);
  await page.getByRole('link', { name: product.name }).click();
  await expect(page.getByRole('heading', { level: 1, name: product.name, exact: true })).toBeVisible();
  await page.getByRole('button', { name: 'Increase quantity' }).click();
  await page.getByRole('button', { name: 'Add to basket' }).click();
  await page.getByRole('link', { name: 'Basket, 2 items' }).click();
  await page.getByRole('link', { name: 'Go to checkout' }).click();
  await fillAddress(page);
  await page.getByRole('button', { name: 'Place order for €159.80' }).click();

  await expect(page.getByText('Thank you! Your order is confirmed.')).toBeVisible();
  await expect(page.getByRole('list', { name: 'Order history' })).toContainText('Confirmed');
  await expect(page.getByText('€159.80, paid')).toBeVisible();
  await expect(page.getByRole('link', { name: 'Basket, empty' })).toBeVisible();
  const mine = shop.as({ token: await tokenOf(page) });
  const [order, ...others] = await mine.orders();
  expect(others).toEqual([]);
  expect(order).toMatchObject({ status: 'confirmed', total: 159.8 });
  const id = order?.id ?? 0;

  // The notification is sent asynchronously.
  await expect(async () => {
    await page.getByRole('link', { name: /^Notifications/ }).click();
    await page.reload();
    await expect(page.getByRole('article', { name: `Your order ${id} is confirmed` })).toBeVisible({ timeout: 5_000 });
  }).toPass();
  await expect(page.getByRole('link', { name: 'Notifications, 1 unread' })).toBeVisible();
  await page.getByRole('button', { name: 'Mark all as read' }).click();
  await expect(page.getByRole('link', { name: 'Notifications', exact: true })).toBeVisible();
  await page.getByRole('link', { name: `View order ${id}` }).click();
  await page.getByRole('link', { name: product.name }).click();

  await page.getByRole('button', { name: 'Write a review' }).click();
  await page.locator('label').filter({ hasText: '4 of 5: Very good' }).click();
  await page.getByLabel('What would you tell a friend?').fill('Boils water.\nQuickly.');
  await page.getByRole('button', { name: 'Publish' }).click();
  const review = page.getByRole('article', { name: 'Review by Jo T' });
  await expect(review).toContainText('Verified purchase');
  await expect(page.getByText('4 stars: 1')).toBeAttached();

  await page.getByRole('button', { name: 'Edit', exact: true }).click();
  await page.locator('label').filter({ hasText: '5 of 5: Excellent' }).click();
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('5 stars: 1')).toBeAttached();
  await page.getByRole('button', { name: 'Delete', exact: true }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Delete review' }).click();
  await expect(page.getByText('Be the first to review this product.')).toBeVisible();

  await page.getByRole('link', { name: 'Account: Jo Traveller' }).click();
  const token = await tokenOf(page);
  await page.getByRole('button', { name: 'Log out' }).click();
  await expect(page.getByRole('link', { name: 'Log in' })).toBeVisible();
  await expect.poll(async () => (await shop.as({ token }).send('GET', '/api/users/me')).status()).toBe(401);
});

test('an order can be cancelled until it ships', async ({ page, shop, logIn }) => {
  const customer = await shop.newCustomer();
  const product = await shop.newProduct({ stock: 3 });
  const mine = shop.as(customer);
  const order = await mine.call<{ id: number }>('POST', '/api/orders', { items: [{ productId: product.id, quantity: 3 }] });
  await logIn(page, customer);
  await page.goto('/orders');
  await page.getByRole('link', { name: `Order ${order.id}` }).click();
  await page.getByRole('button', { name: 'Cancel order' }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Cancel order' }).click();
  await expect(page.getByRole('list', { name: 'Order history' })).toContainText('Cancelled');
  await expect(page.getByText('€37.50, refunded')).toBeVisible();
  expect(await mine.order(order.id)).toMatchObject({ status: 'cancelled' });
});
