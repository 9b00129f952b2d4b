import type { Page } from '@playwright/test';
import type { TestUser } from './support/shop';
import { expect, test } from './support/test';

/** Logs in without reloading the page, so that its caches stay. */
async function logInByForm(page: Page, { user, password }: TestUser): Promise<void> {
  await page.getByRole('banner').getByRole('link', { name: 'Log in' }).click();
  await page.getByLabel('Email').fill(user.email);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Log in' }).click();
  await expect(page.getByRole('link', { name: `Account: ${user.name}` })).toBeVisible();
}

async function logOut(page: Page): Promise<void> {
  await page.getByRole('link', { name: /^Account:/ }).click();
  await page.getByRole('button', { name: 'Log out' }).click();
  await expect(page.getByRole('banner').getByRole('link', { name: 'Log in' })).toBeVisible();
}

test('the data of a user is cleared after logging out', async ({ page, shop }) => {
  const [first, second] = [await shop.newCustomer('Ann First'), await shop.newCustomer('Ben Second')];
  const product = await shop.newProduct();
  const order = await shop.as(first).call<{ id: number }>('POST', '/api/orders', { items: [{ productId: product.id, quantity: 1 }] });
  const theirs = page.getByRole('link', { name: `Order ${order.id}` });
  const toOrders = page.getByRole('navigation', { name: 'Shop', exact: true }).getByRole('link', { name: 'Orders' });

  await page.goto('/');
  await logInByForm(page, first);
  await toOrders.click();
  await expect(theirs).toBeVisible();
  await logOut(page);
  expect(await page.evaluate(() => localStorage.getItem('shop.session'))).toBeNull();

  await logInByForm(page, second);
  await toOrders.click();
  await expect(page.getByText('No orders yet')).toBeVisible();
  await expect(theirs).toHaveCount(0);
  await logOut(page);

  // The API fails: any data shown now would come from a cache.
  await page.route('**/api/orders?*', (route) => route.fulfill({ status: 500, body: 'no' }));
  await logInByForm(page, first);
  await toOrders.click();
  await expect(page.getByRole('alert')).toContainText('Something went wrong on our side');
  await expect(theirs).toHaveCount(0);
});
