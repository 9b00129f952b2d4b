import type { Page } from '@playwright/test';
import type { Shop, TestUser } from './support/shop';
import { expect, test, tokenOf } from './support/test';

/** Ends the session of this browser in the API, as an operator would. */
async function endSession(page: Page, shop: Shop): Promise<void> {
  await shop.as({ token: await tokenOf(page) }).call('POST', '/api/users/logout');
}

/** Opens the account, and waits for what it requests: a request that fails later would open the dialog too early. */
async function openAccount(page: Page): Promise<void> {
  const loaded = Promise.all([page.waitForResponse('**/api/users/me'), page.waitForResponse('**/api/notifications/**')]);
  await page.goto('/account');
  await loaded;
}

async function logInAgain(page: Page, { password }: TestUser): Promise<void> {
  const dialog = page.getByRole('dialog', { name: 'Log in again' });
  await expect(dialog).toBeVisible();
  await dialog.getByLabel('Password').fill(password);
  await dialog.getByRole('button', { name: 'Log in', exact: true }).click();
  await expect(dialog).toBeHidden();
}

test('an admin whose session expires keeps the edited form after logging in again', async ({ page, shop, logIn }) => {
  const admin = await shop.newAdminSession();
  const product = await shop.newProduct({ price: 10 });
  await logIn(page, admin);
  await page.goto(`/admin/products/${product.id}`);
  await page.getByLabel('Description').fill('A long text that took an hour.');
  await endSession(page, shop);
  await page.getByRole('button', { name: 'Save' }).click();
  await logInAgain(page, admin);
  await expect(page).toHaveURL(`/admin/products/${product.id}`);
  await expect(page.getByLabel('Description')).toHaveValue('A long text that took an hour.');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText(`“${product.name}” has been saved.`)).toBeVisible();
});

test('an unfinished review survives an expired session', async ({ page, shop, logIn }) => {
  const customer = await shop.newCustomer();
  const product = await shop.newProduct();
  await logIn(page, customer);
  await page.goto(`/products/${product.id}`);
  await page.getByRole('button', { name: 'Write a review' }).click();
  await page.getByText('4 of 5: Very good').locator('xpath=..').click();
  await page.getByLabel('What would you tell a friend?').fill('Loud.');
  await endSession(page, shop);
  await page.getByRole('button', { name: 'Publish' }).click();
  await logInAgain(page, customer);
  await expect(page.getByLabel('What would you tell a friend?')).toHaveValue('Loud.');
  await page.getByRole('button', { name: 'Publish' }).click();
  await expect(page.getByRole('article', { name: /^Review by/ })).toContainText('Loud.');
});

test('requests wait for the login after the session has expired', async ({ page, shop, logIn }) => {
  const customer = await shop.newCustomer();
  await logIn(page, customer);
  await openAccount(page);
  await endSession(page, shop);
  await page.getByRole('link', { name: 'Your orders' }).click();
  await logInAgain(page, customer);
  await expect(page.getByText('No orders yet')).toBeVisible();
  await expect(page.getByRole('alert')).toHaveCount(0);
});

test('declining to log in again leads to the login page with a return path', async ({ page, shop, logIn }) => {
  const customer = await shop.newCustomer();
  await logIn(page, customer);
  await openAccount(page);
  await endSession(page, shop);
  await page.getByRole('link', { name: 'Your orders' }).click();
  await page.getByRole('button', { name: 'Not now' }).click();
  await expect(page).toHaveURL('/login?next=%2Forders');
  await expect(page.getByText('Your session has ended. Please log in again.')).toBeVisible();
});

test('a different user who logs in again sees only their own data', async ({ page, shop, logIn }) => {
  const [first, second] = [await shop.newCustomer('Fay First'), await shop.newCustomer('Sam Second')];
  await logIn(page, first);
  await openAccount(page);
  await endSession(page, shop);
  await page.getByRole('link', { name: 'Your orders' }).click();
  const dialog = page.getByRole('dialog', { name: 'Log in again' });
  await expect(dialog.getByLabel('Email')).toHaveValue(first.user.email);
  await dialog.getByLabel('Email').fill(second.user.email);
  await dialog.getByLabel('Password').fill(second.password);
  await dialog.getByRole('button', { name: 'Log in', exact: true }).click();
  await expect(dialog).toBeHidden();
  await expect(page.getByRole('link', { name: 'Account: Sam Second' })).toBeVisible();
  await expect(page.getByText('No orders yet')).toBeVisible();
});
