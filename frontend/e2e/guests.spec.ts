import { buyAsGuest, continueAsGuest, createLink, newContact } from './support/guests';
import { expect, expectAccessible, fillBasket, test, tokenOf } from './support/test';

test('a guest buys, and opens the order by its link', async ({ page, otherPage, shop }) => {
  const contact = newContact();
  const product = await shop.newProduct({ price: 10, stock: 5 });
  await fillBasket(page, [{ ...product, quantity: 2 }]);
  await page.goto('/checkout');
  await expect(page.getByText(product.name)).toBeVisible();
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Continue as guest' }).click();
  await expect(page.getByLabel('Email')).toBeFocused();
  await expect(page.getByLabel('Email')).toHaveAccessibleDescription(/^Must be a valid email address/);

  const path = await buyAsGuest(page, contact, 'Place order for €20.00');
  await expect(page.getByText(`A mail with a link to this page is on its way to ${contact.email}.`)).toBeVisible();
  await expect(page.getByRole('link', { name: 'Basket, empty' })).toBeVisible();
  await expect(page.getByText('€20.00, paid')).toBeVisible();
  expect(await shop.as({ token: await tokenOf(page) }).orders()).toMatchObject([{ status: 'confirmed', total: 20, email: contact.email }]);

  const link = await createLink(page);
  await otherPage.goto(link);
  await expect(otherPage.getByText('You see this order by its link.')).toBeVisible();
  await expect(otherPage.getByRole('list', { name: 'Items' })).toContainText(product.name);
  await expect(otherPage.getByRole('list', { name: 'Order history' })).toContainText('Confirmed');
  await expect(otherPage.getByRole('button', { name: 'Cancel order' })).toHaveCount(0);
  await expectAccessible(otherPage);
  // Without the key there is nothing to see, and a key opens no other order.
  await otherPage.goto(path);
  await expect(otherPage.getByRole('heading', { name: 'Welcome back' })).toBeVisible();
  await otherPage.goto(link.replace(/\/orders\/\d+/, '/orders/1'));
  await expect(otherPage.getByText('This link is not valid')).toBeVisible();

  await page.getByRole('button', { name: 'End all links' }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'End links' }).click();
  await expect(page.getByText('All links to this order have ended.')).toBeVisible();
  await otherPage.goto(link);
  await expect(otherPage.getByText('This link is not valid')).toBeVisible();
});

test('a guest sees and cancels an order in the same browser', async ({ page, shop }) => {
  const product = await shop.newProduct({ price: 10 });
  await fillBasket(page, [product]);
  const path = await buyAsGuest(page, newContact(), 'Place order for €10.00');
  await page.goto('/orders');
  await page.getByRole('link', { name: `Order ${path.split('/').pop() ?? ''}`, exact: true }).click();
  await page.getByRole('button', { name: 'Cancel order' }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Cancel order' }).click();
  await expect(page.getByRole('list', { name: 'Order history' })).toContainText('Cancelled');
  await expect(page.getByText('€10.00, refunded')).toBeVisible();
});

test('a guest is offered an account for what needs one', async ({ page, shop }) => {
  const contact = newContact();
  const product = await shop.newProduct();
  await fillBasket(page, [product]);
  await page.goto('/checkout');
  await continueAsGuest(page, contact);
  await expect(page.getByLabel('Save to my addresses')).toHaveCount(0);
  await expect(page.getByRole('link', { name: /^Notifications/ })).toHaveCount(0);
  for (const path of ['/notifications', '/account/addresses']) {
    await page.goto(path);
    await expect(page.getByRole('heading', { name: 'This needs an account' })).toBeVisible();
    await expect(page.getByRole('link', { name: 'Create an account' })).toHaveAttribute('href', `/signup?next=${encodeURIComponent(path)}`);
  }
  await page.goto(`/products/${product.id}`);
  await expect(page.getByRole('link', { name: 'Create an account to write a review' })).toBeVisible();

  // The account begins with what is known, and the basket stays.
  await page.getByRole('link', { name: `Guest: ${contact.name}` }).click();
  await expectAccessible(page);
  await page.getByRole('link', { name: 'Create an account' }).click();
  await expect(page.getByLabel('Name')).toHaveValue(contact.name);
  await expect(page.getByLabel('Email')).toHaveValue(contact.email);
  await page.getByLabel('Password').fill('a whole new password');
  await page.getByRole('button', { name: 'Create account' }).click();
  await expect(page.getByText('Confirm your email address')).toBeVisible();
  await expect(page.getByRole('link', { name: 'Basket, 1 item' })).toBeVisible();
});

test('a guest can log in during checkout, and stop being one', async ({ page, shop }) => {
  const customer = await shop.newCustomer();
  await fillBasket(page, [await shop.newProduct()]);
  await page.goto('/checkout');
  await continueAsGuest(page, newContact());
  await page.getByRole('link', { name: 'Log in instead' }).click();
  // The checkout has a field of the same name.
  await expect(page.getByRole('heading', { name: 'Welcome back' })).toBeVisible();
  await page.getByLabel('Email').fill(customer.user.email);
  await page.getByLabel('Password').fill(customer.password);
  await page.getByRole('button', { name: 'Log in', exact: true }).click();
  await expect(page.getByLabel('Email')).toHaveValue(customer.user.email);
  await expect(page.getByRole('link', { name: `Account: ${customer.user.name}` })).toBeVisible();
  await expect(page.getByRole('link', { name: 'Basket, 1 item' })).toBeVisible();

  await page.goto('/account');
  await page.getByRole('button', { name: 'Log out' }).click();
  await fillBasket(page, [await shop.newProduct()]);
  await page.goto('/checkout');
  await continueAsGuest(page, newContact());
  const token = await tokenOf(page);
  await page.goto('/account');
  await page.getByRole('button', { name: 'Stop shopping as a guest' }).click();
  await expect(page.getByRole('link', { name: 'Log in', exact: true })).toBeVisible();
  await expect(page.getByRole('link', { name: 'Basket, empty' })).toBeVisible();
  await expect.poll(async () => (await shop.as({ token }).send('GET', '/api/users/me')).status()).toBe(401);
});

test('a guest whose session has ended continues with the same basket', async ({ page, shop }) => {
  await fillBasket(page, [await shop.newProduct({ price: 10 })]);
  await page.goto('/checkout');
  await continueAsGuest(page, newContact());
  await shop.as({ token: await tokenOf(page) }).call('POST', '/api/users/logout');
  await page.goto('/orders');
  await expect(page.getByText('Your session has ended.').first()).toBeVisible();
  await buyAsGuest(page, newContact(), 'Place order for €10.00');
});
