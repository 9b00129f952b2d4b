import type { Page } from '@playwright/test';
import type { TestUser } from './support/shop';
import { expect, fillBasket, test, tokenOf } from './support/test';

/** Submits the login form of the current page. */
async function submitLogin(page: Page, { user, password }: TestUser): Promise<void> {
  await page.getByLabel('Email').fill(user.email);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Log in', exact: true }).click();
}

test('logging out leads to the homepage and clears the user’s data in all tabs', async ({ page, context, shop, logIn }) => {
  const customer = await shop.newCustomer();
  await logIn(page, customer);
  await fillBasket(page, [await shop.newProduct()]);
  const tab = await context.newPage();
  await tab.goto('/orders');
  await expect(tab.getByText('No orders yet')).toBeVisible();

  await page.goto('/account');
  const token = await tokenOf(page);
  await page.getByLabel('Dark').click();
  await page.getByRole('button', { name: 'Log out' }).click();
  await expect(page).toHaveURL('/');
  await expect(page.getByText('You have been logged out.')).toBeVisible();
  await expect(page.getByRole('link', { name: 'Basket, empty' })).toBeVisible();
  await expect(tab).toHaveURL('/');
  await expect(tab.getByRole('link', { name: 'Basket, empty' })).toBeVisible();
  // The theme belongs to the browser, not to the user.
  expect(await page.evaluate(() => Object.keys(localStorage))).toEqual(['shop.theme']);
  // The token is no longer valid.
  await expect.poll(async () => (await shop.as({ token }).send('GET', '/api/users/me')).status()).toBe(401);

  await page.goBack();
  await expect(page.getByRole('button', { name: 'Log out' })).toHaveCount(0);
});

test('data loaded as an admin is not shown after logging out', async ({ page, shop, logIn }) => {
  const product = await shop.newProduct();
  const author = await shop.newCustomer('Lena Longname');
  await shop.as(author).call('POST', '/api/reviews', { productId: product.id, rating: 4, comment: 'Loud.' });
  await logIn(page, await shop.newAdminSession());
  // Only admins get full names: data loaded as an admin must be reloaded.
  let full = true;
  await page.route(`**/api/reviews/product/${product.id}?**`, async (route) => {
    const response = await route.fetch();
    const text = (await response.text()).replace(/Lena [^"]*/, full ? 'Lena Longname' : 'Lena L.');
    return route.fulfill({ response, body: text });
  });
  await page.goto(`/products/${product.id}`);
  await expect(page.getByRole('article', { name: 'Review by Lena Longname' })).toBeVisible();
  full = false;
  await page.getByRole('link', { name: /^Account:/ }).click();
  await page.getByRole('button', { name: 'Log out' }).click();
  await expect(page).toHaveURL('/');
  await page.goBack();
  await expect(page.getByRole('heading', { level: 1, name: product.name })).toBeVisible();
  await expect(page.getByRole('article', { name: 'Review by Lena L.' })).toBeVisible();
  await expect(page.getByText('Lena Longname')).toHaveCount(0);
});

test('a visitor keeps the basket when logging in', async ({ page, shop }) => {
  const customer = await shop.newCustomer();
  await fillBasket(page, [await shop.newProduct()]);
  await page.goto('/login');
  await submitLogin(page, customer);
  await expect(page.getByRole('link', { name: 'Basket, 1 item' })).toBeVisible();
});

test('the basket of an expired session is kept for the same user only', async ({ page, shop, logIn }) => {
  const [owner, other] = [await shop.newCustomer(), await shop.newCustomer('Otto Other')];
  const product = await shop.newProduct();
  const endOf = async (person: TestUser) => {
    await logIn(page, person);
    await fillBasket(page, [product]);
    await page.goto('/');
    await expect(page.getByRole('link', { name: /^Account:/ })).toBeVisible();
    await shop.as(person).call('POST', '/api/users/logout');
    // The next notifications request fails and expires the session.
    await page.reload();
    await page.getByRole('link', { name: 'Log in', exact: true }).click();
    await expect(page.getByText('Your session has ended. Please log in again.')).toBeVisible();
  };
  await endOf(owner);
  await submitLogin(page, owner);
  await expect(page.getByRole('link', { name: 'Basket, 1 item' })).toBeVisible();

  await endOf(await shop.logIn(owner.user.email, owner.password));
  await submitLogin(page, other);
  await expect(page.getByRole('link', { name: 'Account: Otto Other' })).toBeVisible();
  await expect(page.getByRole('link', { name: 'Basket, empty' })).toBeVisible();
});
