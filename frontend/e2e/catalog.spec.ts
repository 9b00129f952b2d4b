import { unique } from './support/shop';
import { expect, test } from './support/test';

test('search and filters are in the URL, and the back button undoes them', async ({ page, shop }) => {
  const shelf = unique('Shelf');
  await shop.newProduct({ category: shelf, name: `Cheap ${shelf}`, price: 5 });
  await shop.newProduct({ category: shelf, name: `Dear ${shelf}`, price: 50 });
  await shop.newProduct({ category: shelf, name: `Sold ${shelf}`, price: 20, stock: 0 });
  await page.goto('/products');
  await page.getByRole('radio', { name: shelf }).click();
  await expect(page.getByRole('radio', { name: shelf })).toBeChecked();
  const names = page.getByRole('list', { name: 'Products', exact: true }).getByRole('heading');
  await expect(names).toHaveText([`Sold ${shelf}`, `Dear ${shelf}`, `Cheap ${shelf}`]);
  await page.getByLabel('Sort').selectOption('Price: low to high');
  await expect(names).toHaveText([`Cheap ${shelf}`, `Sold ${shelf}`, `Dear ${shelf}`]);
  await page.getByLabel('In stock only').click();
  await expect(names).toHaveText([`Cheap ${shelf}`, `Dear ${shelf}`]);
  await page.getByLabel('Max price').fill('10,00');
  await page.getByLabel('Max price').press('Enter');
  await expect(names).toHaveText([`Cheap ${shelf}`]);
  await expect(page).toHaveURL(`/products?${new URLSearchParams({ category: shelf, maxPrice: '10', inStock: 'true', sort: 'price' }).toString()}`);

  await page.reload();
  await expect(names).toHaveText([`Cheap ${shelf}`]);
  await page.goBack();
  await expect(names).toHaveText([`Cheap ${shelf}`, `Dear ${shelf}`]);
  await page.getByRole('button', { name: `Remove filter In stock` }).click();
  await expect(names).toHaveCount(3);
  // Slower than the debounce, so that responses arrive between letters.
  await page.getByRole('searchbox').pressSequentially('dear', { delay: 250 });
  await expect(page.getByRole('searchbox')).toHaveValue('dear');
  await expect(names).toHaveText([`Dear ${shelf}`]);
  await page.getByRole('button', { name: 'Clear all' }).click();
  await expect(page.getByRole('searchbox')).toHaveValue('');
  await expect(page).toHaveURL('/products?sort=price');
});

test('the product list is paginated', async ({ page }) => {
  await page.goto('/products');
  const cards = page.getByRole('list', { name: 'Products', exact: true }).getByRole('listitem');
  await expect(cards).toHaveCount(24);
  await page.getByRole('button', { name: 'Show more' }).click();
  await expect(cards).toHaveCount(48);
  await expect(page.getByRole('status').getByText('48 products shown')).toBeVisible();
});

test('the shop can be used by keyboard', async ({ page, shop }) => {
  const product = await shop.newProduct();
  await page.goto('/');
  await expect(page.getByRole('link', { name: 'Browse products' })).toBeVisible(); // keys pressed earlier would reach an empty page
  await page.keyboard.press('Tab');
  await expect(page.getByRole('link', { name: 'Skip to content' })).toBeFocused();
  await page.keyboard.press('Enter');
  await page.keyboard.press('Tab');
  await expect(page.getByRole('link', { name: 'Browse products' })).toBeFocused();
  await page.getByRole('searchbox').focus();
  await page.keyboard.type(product.name);
  await expect(page.getByRole('heading', { name: product.name, exact: true })).toBeVisible();
  await expect(page.getByRole('searchbox')).toBeFocused(); // the search box keeps the focus when the results arrive
  await page.getByRole('link', { name: product.name }).focus();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { level: 1, name: product.name, exact: true })).toBeVisible();
  await expect(page.getByRole('main')).toBeFocused();
  await page.getByRole('textbox', { name: /^Quantity/ }).focus();
  await page.keyboard.press('ArrowUp');
  await page.getByRole('button', { name: 'Add to basket' }).press('Enter');
  await page.getByRole('link', { name: 'Basket, 2 items' }).press('Enter');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(/basket/i);
  await expect(page.getByRole('main')).toBeFocused(); // even though the focused link still exists
});

test('product views and basket changes are tracked', async ({ page, shop }) => {
  const product = await shop.newProduct();
  const seen: string[] = [];
  page.on('request', (request) => {
    if (request.url().endsWith('/api/analytics/event')) seen.push((request.postDataJSON() as { eventType: string }).eventType);
  });
  await page.goto(`/products/${product.id}`);
  await page.getByRole('button', { name: 'Add to basket' }).click();
  await expect.poll(() => seen).toEqual(expect.arrayContaining(['product.view', 'basket.add']));
});
