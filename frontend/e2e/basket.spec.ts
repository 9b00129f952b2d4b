import { expect, fillBasket, test } from './support/test';

test('a basket survives a reload and is the same in all tabs', async ({ page, context, shop }) => {
  const product = await shop.newProduct({ price: 10 });
  await page.goto(`/products/${product.id}`);
  await page.getByRole('button', { name: 'Add to basket' }).click();
  await expect(page.getByRole('link', { name: 'Basket, 1 item' })).toBeVisible();

  const tab = await context.newPage();
  await tab.goto('/basket');
  await tab.getByRole('button', { name: 'Increase quantity' }).click();
  await expect(tab.getByLabel('Order summary')).toContainText('€20.00');
  await expect(page.getByRole('link', { name: 'Basket, 2 items' })).toBeVisible();
  await page.reload();
  await expect(page.getByText('2 in your basket')).toBeVisible();

  await page.goto('/basket');
  const quantity = tab.getByRole('textbox', { name: `Quantity of ${product.name}` });
  await quantity.fill('7');
  await expect(page.getByLabel('Order summary')).toContainText('€70.00');
  await quantity.fill('700');
  await quantity.blur();
  await expect(quantity).toHaveValue('10'); // the stock
  await tab.getByRole('button', { name: `Remove ${product.name}` }).click();
  await expect(page.getByText('Your basket is empty')).toBeVisible();
});

test('a basket shows price and stock changes', async ({ page, shop }) => {
  const admin = shop.as(await shop.admin());
  const [priceChanged, insufficient, deleted] = [await shop.newProduct({ price: 10 }), await shop.newProduct({ stock: 2 }), await shop.newProduct()];
  await fillBasket(page, [{ ...priceChanged, price: 8 }, { ...insufficient, quantity: 4 }, deleted]);
  await admin.call('DELETE', `/api/products/${deleted.id}`);
  await page.goto('/basket');
  await expect(page.getByText('The price has changed from €8.00 to €10.00.')).toBeVisible();
  await expect(page.getByText('Only 2 left, but you selected 4.')).toBeVisible();
  await expect(page.getByText('This item is no longer available. Please remove it.')).toBeVisible();
  await expect(page.getByText('Please resolve the problems above first.')).toBeVisible();
  await page.getByRole('button', { name: 'Update to 2' }).click();
  await page.getByRole('button', { name: `Remove ${deleted.name}` }).click();
  await expect(page.getByRole('link', { name: 'Go to checkout' })).toBeVisible();
});

test('an invalid stored basket is an empty one', async ({ page }) => {
  await page.goto('/theme.js');
  await page.evaluate(() => localStorage.setItem('shop.basket', '{"lines": [[['));
  await page.goto('/basket');
  await expect(page.getByText('Your basket is empty')).toBeVisible();
});
