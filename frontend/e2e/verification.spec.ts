import { buyAsGuest, newContact } from './support/guests';
import { linkInMail } from './support/mail';
import { expect, expectAccessible, fillBasket, test } from './support/test';

const VERIFY = '**/api/users/verify';

test('an account whose address is not confirmed can ask for another link', async ({ page, shop, logIn }) => {
  const customer = await shop.newCustomer();
  await logIn(page, customer);
  await page.goto('/account');
  await expect(page.getByText('Confirm your email address')).toBeVisible();
  await expect(page.getByText(`We sent a link to ${customer.user.email}.`)).toBeVisible();
  await page.getByRole('button', { name: 'Send again' }).click();
  await expect(page.getByText(`A new link is on its way to ${customer.user.email}.`)).toBeVisible();
});

test('a link confirms the address', async ({ page, shop, logIn }) => {
  const customer = await shop.newCustomer();
  await logIn(page, customer);
  // Only the mail has the token, so the API is simulated here.
  await page.route(VERIFY, (route) => route.fulfill({ json: { ...customer.user, emailVerified: true } }));
  await page.goto('/verify?token=from-the-mail');
  await expect(page.getByRole('heading', { name: 'Your email address is confirmed' })).toBeVisible();
  await expectAccessible(page);
  await page.getByRole('link', { name: 'Your orders' }).click();
  await expect(page.getByText('No orders yet')).toBeVisible();
});

test('an account takes over what its address has bought, with the link of its mail', async ({ page, otherPage, shop }) => {
  const contact = newContact();
  const product = await shop.newProduct({ price: 10 });
  await fillBasket(page, [product]);
  const order = await buyAsGuest(page, contact, 'Place order for €10.00');
  const byMail = await linkInMail(page, contact.email, 'See your order');
  await otherPage.goto(byMail);
  await expect(otherPage.getByText('You see this order by its link.')).toBeVisible();

  await page.goto('/signup');
  await page.getByLabel('Name').fill(contact.name);
  await page.getByLabel('Email').fill(contact.email);
  await page.getByLabel('Password').fill('a rather long one');
  await page.getByRole('button', { name: 'Create account' }).click();
  await expect(page.getByRole('link', { name: /Account/ }).first()).toBeVisible();
  await page.goto('/orders');
  await expect(page.getByText('No orders yet')).toBeVisible();
  await page.goto(await linkInMail(page, contact.email, 'Confirm your email address'));
  await expect(page.getByRole('heading', { name: 'Your email address is confirmed' })).toBeVisible();
  await page.goto(order);
  await expect(page.getByRole('list', { name: 'Items' })).toContainText(product.name);
  await expect(page.getByRole('button', { name: 'Cancel order' })).toBeVisible();
});

test('a link that is wrong or too old is explained, and can be replaced', async ({ page, shop, logIn }) => {
  for (const path of ['/verify', '/verify?token=made-up']) {
    await page.goto(path);
    await expect(page.getByRole('heading', { name: 'This link is not valid' })).toBeVisible();
  }
  const customer = await shop.newCustomer();
  await logIn(page, customer);
  await page.goto('/verify?token=made-up');
  await page.getByRole('link', { name: 'Go to your account' }).click();
  await expect(page.getByRole('button', { name: 'Send again' })).toBeVisible();
});

test('a confirmation without a response can be repeated', async ({ page, shop }) => {
  const { user } = await shop.newCustomer();
  await page.route(VERIFY, (route) => route.fulfill({ status: 500, body: 'no' }));
  await page.goto('/verify?token=from-the-mail');
  await expect(page.getByRole('alert')).toContainText('The shop did not respond.');
  await page.unroute(VERIFY);
  await page.route(VERIFY, (route) => route.fulfill({ json: { ...user, emailVerified: true } }));
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect(page.getByRole('heading', { name: 'Your email address is confirmed' })).toBeVisible();
});
