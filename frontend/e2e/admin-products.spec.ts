import { expect, tableRow, test } from './support/admin';
import { unique } from './support/shop';

test('an admin adds a product that customers can find', async ({ page, otherPage }) => {
  const name = unique('Copper Kettle');
  await page.goto('/admin/products');
  await page.getByRole('link', { name: 'New product' }).click();
  await page.getByLabel('Name', { exact: true }).fill(name);
  await page.getByLabel('Price in EUR').fill('89,50');
  await page.getByLabel('Category').fill('Kitchen');
  await page.getByLabel('Description').fill('Sings when it boils.');
  await page.getByLabel('Initial stock').fill('7');
  await page.getByRole('button', { name: 'Add product' }).click();
  await expect(page.getByRole('heading', { level: 1, name })).toBeVisible();

  await otherPage.goto(`/products?q=${name}`);
  await otherPage.getByRole('link', { name }).first().click();
  await expect(otherPage.getByRole('heading', { level: 1, name })).toBeVisible();
  await expect(otherPage.getByText('€89.50').first()).toBeVisible();
});

test('product errors are shown at their fields, and the form keeps its values', async ({ page }) => {
  await page.goto('/admin/products/new');
  await page.getByLabel('Price in EUR').fill('cheap');
  await page.getByRole('button', { name: 'Add product' }).click();
  await expect(page.getByLabel('Price in EUR')).toHaveAccessibleDescription(/Must be an amount like 12.50/);
  await expect(page.getByLabel('Name', { exact: true })).toHaveAccessibleDescription('Must not be empty.');
  await expect(page.getByLabel('Name', { exact: true })).toBeFocused();

  await page.getByLabel('Name', { exact: true }).fill('Lamp');
  await page.getByLabel('Price in EUR').fill('12');
  await page.getByLabel('Image URL').fill('javascript:alert(1)');
  await page.getByRole('button', { name: 'Add product' }).click();
  // API errors are also shown at their fields.
  await expect(page.getByLabel('Image URL')).toHaveAttribute('aria-invalid', 'true');
  await expect(page.getByLabel('Image URL')).toBeFocused();
  await expect(page.getByLabel('Price in EUR')).toHaveValue('12');
});

test('the preview of an image that does not load is a placeholder', async ({ page }) => {
  await page.goto('/admin/products/new');
  await page.getByLabel('Name', { exact: true }).fill('Lamp');
  const preview = page.getByRole('img', { name: /Image preview for Lamp/ });
  await page.getByLabel('Image URL').fill('/images/there-is-none.png');
  await expect(preview.getByText('L')).toBeVisible();
  await expect(page.locator('figure img')).toHaveCount(0);
});

test('an admin edits a product while it is being bought, and deletes it', async ({ admin, page, shop }) => {
  const product = await shop.newProduct({ price: 10, description: 'Old words.' });
  await page.goto(`/admin/products/${product.id}`);
  await expect(page.getByLabel('Name', { exact: true })).toHaveValue(product.name);

  const customer = await shop.newCustomer();
  await shop.as(customer).call('POST', '/api/orders', { items: [{ productId: product.id, quantity: 3 }] });
  await page.getByLabel('Price in EUR').fill('11');
  await page.getByLabel('Description').fill('New words.');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText(`“${product.name}” has been saved.`)).toBeVisible();
  const saved = await shop.as(admin).call<{ price: number; description: string }>('GET', `/api/products/${product.id}`);
  expect(saved).toMatchObject({ price: 11, description: 'New words.' });

  await page.goto(`/admin/products?q=${product.name}`);
  await tableRow(page, product.name).getByRole('button', { name: `Delete ${product.name}` }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Delete product' }).click();
  await expect(page.getByText('No results')).toBeVisible();
  await page.goto(`/admin/products/${product.id}`);
  await expect(page.getByText('Product not found')).toBeVisible();
});

test('another user’s change is not overwritten', async ({ admin, page, shop }) => {
  const product = await shop.newProduct({ price: 10 });
  await page.goto(`/admin/products/${product.id}`);
  await page.getByLabel('Price in EUR').fill('12');
  await shop.as(admin).call('PUT', `/api/products/${product.id}`, { name: product.name, price: 20 });
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByRole('alert')).toContainText('was changed in the meantime');
  expect(await shop.call('GET', `/api/products/${product.id}`)).toMatchObject({ price: 20 });
});
