import { expect, expectAccessible, fillBasket, test } from './support/test';

test('a confirmation takes the focus, keeps it, and returns it when Escape closes it', async ({ page, shop, logIn }) => {
  const [customer, product] = [await shop.newCustomer(), await shop.newProduct()];
  const order = await shop.as(customer).call<{ id: number }>('POST', '/api/orders', { items: [{ productId: product.id, quantity: 1 }] });
  await logIn(page, customer);
  await page.goto(`/orders/${order.id}`);
  const opener = page.getByRole('button', { name: 'Cancel order' });
  await opener.press('Enter');
  const dialog = page.getByRole('alertdialog', { name: `Cancel order ${order.id}?` });
  await expect(dialog).toBeVisible();
  await expect(dialog.getByRole('button').first()).toBeFocused();
  await expectAccessible(page);
  // Nothing behind it can be reached.
  for (let presses = 0; presses < 4; presses++) {
    await page.keyboard.press('Tab');
    expect(await page.evaluate(() => document.activeElement?.closest('#root') ?? null)).toBeNull();
  }
  await page.mouse.click(5, 5);
  await expect(dialog).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();
  await expect(opener).toBeFocused();
});

test('the login after an expired session cannot be closed by accident', async ({ page, shop, logIn }) => {
  const customer = await shop.newCustomer();
  await logIn(page, customer);
  await page.goto('/orders');
  await expect(page.getByText('No orders yet')).toBeVisible();
  await shop.as(customer).call('POST', '/api/users/logout');
  // A new request finds that the session has ended.
  await page.getByRole('link', { name: 'Notifications', exact: true }).click();
  const dialog = page.getByRole('dialog', { name: 'Log in again' });
  await expect(dialog).toBeVisible();
  await page.keyboard.press('Escape');
  await page.keyboard.press('Escape');
  await page.mouse.click(5, 5);
  await expect(dialog).toBeVisible();
  await expectAccessible(page);
  await dialog.getByRole('button', { name: 'Close' }).click();
  await expect(dialog).toBeHidden();
});

test('a toast is announced, is reached with F6, and returns the focus when it is dismissed', async ({ page, shop }) => {
  const product = await shop.newProduct();
  await fillBasket(page, [product]);
  await page.goto(`/products/${product.id}`);
  const add = page.getByRole('button', { name: 'Add to basket', exact: true });
  await add.press('Enter');
  const toasts = page.getByRole('region', { name: 'Notifications' });
  await expect(toasts).toContainText('basket');
  // Stops the timer.
  await page.keyboard.press('F6');
  await expect(toasts).toBeFocused();
  await expect(toasts).toHaveAttribute('aria-live', 'polite');
  await expectAccessible(page);
  await toasts.getByRole('button', { name: 'Dismiss' }).press('Enter');
  await expect(toasts).toBeEmpty();
  await expect(add).toBeFocused();
});
