import { expect, fillBasket, test } from './support/test';

test('the review form gets the focus, and its container keeps it when the form is closed or the review deleted', async ({ page, shop, logIn }) => {
  const product = await shop.newProduct();
  await logIn(page, await shop.newCustomer());
  await page.goto(`/products/${product.id}`);
  const own = page.getByRole('group', { name: 'Your review' });
  const write = page.getByRole('button', { name: 'Write a review' });
  await write.focus();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('radio', { name: '1 of 5: Poor' })).toBeFocused();
  await page.getByRole('button', { name: 'Cancel' }).focus();
  await page.keyboard.press('Enter');
  await expect(own).toBeFocused();

  await write.click();
  await page.getByRole('radio', { name: '1 of 5: Poor' }).press('ArrowRight');
  await page.getByRole('button', { name: 'Publish' }).focus();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('button', { name: 'Delete' })).toBeVisible();
  await expect(own).toBeFocused();

  await page.getByRole('button', { name: 'Delete' }).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('alertdialog').getByRole('button', { name: 'Delete review' }).press('Enter');
  await expect(write).toBeVisible();
  await expect(own).toBeFocused();
  // The keyboard continues from there.
  await page.keyboard.press('Tab');
  await expect(write).toBeFocused();
});

test('the basket keeps the focus when an item is removed', async ({ page, shop }) => {
  const products = [await shop.newProduct(), await shop.newProduct()];
  await fillBasket(page, products);
  await page.goto('/basket');
  const remove = page.getByRole('button', { name: `Remove ${products[0]?.name ?? ''}` });
  await remove.focus();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('list', { name: 'Items in your basket' })).toBeFocused();
  await page.getByRole('button', { name: /^Remove/ }).press('Enter');
  await expect(page.getByText('Your basket is empty')).toBeVisible();
  await expect(page.locator('#main')).toBeFocused();
});

test('the product list keeps the focus when a filter is removed', async ({ page }) => {
  await page.goto('/products?category=Kitchen&inStock=true');
  await page.getByRole('button', { name: 'Remove filter In stock' }).press('Enter');
  await expect(page.getByRole('list', { name: 'Active filters' })).toBeFocused();
  await page.getByRole('button', { name: 'Remove filter Kitchen' }).press('Enter');
  await expect(page.getByRole('region', { name: 'Products' })).toBeFocused();
});

test('a notification keeps the focus when it is marked as read', async ({ page, shop, logIn }) => {
  const customer = await shop.newCustomer();
  await shop.as(await shop.admin()).call('POST', '/api/notifications', { userId: customer.user.id, type: 'note', subject: 'Hello', message: 'There.' });
  await logIn(page, customer);
  await page.goto('/notifications');
  await page.getByRole('button', { name: /^Mark as read.*Hello/ }).press('Enter');
  await expect(page.getByText('No unread notifications')).toBeVisible();
  await expect(page.getByRole('article', { name: 'Hello' })).toBeFocused();
});

test('the review list keeps the focus when an admin removes a review', async ({ page, shop, logIn }) => {
  const product = await shop.newProduct();
  for (const name of ['Anna One', 'Bert Two']) {
    await shop.as(await shop.newCustomer(name)).call('POST', '/api/reviews', { productId: product.id, rating: 1, comment: name });
  }
  await logIn(page, await shop.admin());
  await page.goto(`/admin/reviews/${product.id}`);
  await page.getByRole('button', { name: /^Remove the review by Anna/ }).press('Enter');
  await page.getByRole('alertdialog').getByRole('button', { name: 'Remove review' }).press('Enter');
  await expect(page.getByText('Anna One', { exact: true })).toHaveCount(0);
  await expect(page.getByRole('article', { name: /^Review by Bert/ })).toBeVisible();
  await expect.poll(() => page.evaluate(() => document.activeElement?.tagName)).toBe('UL');
});
