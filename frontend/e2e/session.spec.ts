import { newBuyer } from './support/checkout';
import { unique } from './support/shop';
import { expect, fillBasket, test } from './support/test';

test('form errors are shown at their fields', async ({ page, shop }) => {
  const known = await shop.newCustomer();
  await page.goto('/signup');
  const right = { Name: 'Jo', Email: known.user.email.toUpperCase(), Password: 'long enough' };
  const wrong = { Name: 'J', Email: 'nonsense', Password: 'short' };
  for (const [label, text] of Object.entries(right)) await page.getByLabel(label).fill(text);
  for (const label of ['Name', 'Email', 'Password'] as const) {
    const field = page.getByLabel(label);
    await field.fill(wrong[label]);
    await page.getByRole('button', { name: 'Create account' }).click();
    await expect(field).toHaveAttribute('aria-invalid', 'true');
    await expect(field).toHaveAccessibleDescription(/^Must/);
    await expect(field).toBeFocused();
    await field.fill(right[label]);
  }
  await page.getByRole('button', { name: 'Create account' }).click();
  await page.getByRole('link', { name: 'Log in instead?' }).click();
  await page.getByLabel('Email').fill(known.user.email);
  await page.getByLabel('Password').fill('not the password');
  await page.getByRole('button', { name: 'Log in' }).click();
  await expect(page.getByRole('alert')).toContainText(/password/i);
  await page.getByLabel('Password').fill(known.password);
  await page.getByRole('button', { name: 'Log in' }).click();
  await expect(page.getByRole('link', { name: `Account: ${known.user.name}` })).toBeVisible();
});

test('an order continues after the session expired and the user logged in again', async ({ page, shop, logIn }) => {
  const customer = await newBuyer(shop);
  await logIn(page, customer);
  await fillBasket(page, [await shop.newProduct()]);
  const lastRequest = page.waitForResponse('**/api/notifications/**');
  await page.goto('/checkout');
  await lastRequest;
  await expect(page.getByRole('button', { name: /^Place order/ })).toBeVisible();
  await shop.as(customer).call('POST', '/api/users/logout');
  await page.getByRole('button', { name: /^Place order/ }).click();
  const dialog = page.getByRole('dialog', { name: 'Log in again' });
  await expect(dialog.getByLabel('Email')).toHaveValue(customer.user.email);
  await dialog.getByLabel('Password').fill(customer.password);
  await dialog.getByRole('button', { name: 'Log in' }).click();
  // The order continues automatically.
  await expect(page.getByText('Thank you!')).toBeVisible();
});

test('logging out in one tab logs out all tabs', async ({ page, context, shop, logIn }) => {
  await logIn(page, await shop.newCustomer());
  await page.goto('/orders');
  await expect(page.getByText('No orders yet')).toBeVisible();
  const tab = await context.newPage();
  await tab.goto('/account');
  await tab.getByRole('button', { name: 'Log out' }).click();
  await expect(page).toHaveURL('/');
  await expect(page.getByRole('link', { name: 'Log in', exact: true })).toBeVisible();
});

test('logging in never redirects to another site', async ({ page, shop }) => {
  const { user, password } = await shop.newCustomer();
  await page.goto(`/login?next=${encodeURIComponent('//example.org/')}`);
  await page.getByLabel('Email').fill(user.email);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Log in' }).click();
  await expect(page).toHaveURL('/');
});

test('customers have no access to the admin pages', async ({ page, shop, logIn }) => {
  await page.goto('/admin');
  await expect(page).toHaveURL('/login?next=%2Fadmin');
  await logIn(page, await shop.newCustomer());
  for (const path of ['/admin', '/admin/orders']) {
    await page.goto(path);
    await expect(page.getByText('You don’t have access to this page')).toBeVisible();
    await expect(page.getByRole('navigation', { name: 'Admin' })).toHaveCount(0);
  }
});

test('an order of another user is not found', async ({ page, shop, logIn }) => {
  const owner = await shop.newCustomer(unique('Owner'));
  const product = await shop.newProduct();
  const order = await shop.as(owner).call<{ id: number }>('POST', '/api/orders', { items: [{ productId: product.id, quantity: 1 }] });
  await logIn(page, await shop.newCustomer());
  await page.goto(`/orders/${order.id}`);
  await expect(page.getByText('Order not found')).toBeVisible();
});
