import { expect, test } from './support/admin';
import { unique } from './support/shop';

const question = 'Leave without saving?';

test('leaving an edited product asks for confirmation', async ({ admin, page, shop }) => {
  const product = await shop.newProduct({ description: 'Old words.' });
  await page.goto('/admin/products');
  await page.goto(`/admin/products/${product.id}`);
  await page.getByLabel('Description').fill('New words.');
  const sections = page.getByRole('navigation', { name: 'Admin' });
  await sections.getByRole('link', { name: 'Orders' }).click();
  const dialog = page.getByRole('alertdialog', { name: question });
  await dialog.getByRole('button', { name: 'Stay on page' }).click();
  await expect(dialog).toBeHidden();
  await expect(page).toHaveURL(`/admin/products/${product.id}`);
  await expect(page.getByLabel('Description')).toHaveValue('New words.');

  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText(`“${product.name}” has been saved.`)).toBeVisible();
  await sections.getByRole('link', { name: 'Orders' }).click();
  await expect(page).toHaveURL('/admin/orders');
  expect(await shop.as(admin).call('GET', `/api/products/${product.id}`)).toMatchObject({ description: 'New words.' });
});

test('leaving an edited form is possible, and an unedited form does not ask', async ({ admin, page, shop }) => {
  const product = await shop.newProduct();
  const sections = page.getByRole('navigation', { name: 'Admin' });
  const places = [
    ['/admin/products/new', 'Description'],
    [`/admin/products/${product.id}`, 'Description'],
    [`/admin/stock/${product.id}`, 'Reason'],
    [`/admin/messages?user=${admin.user.id}`, 'Message'],
  ] as const;
  for (const [path, field] of places) {
    await page.goto(path);
    const box = page.getByLabel(field, { exact: true });
    await expect(box).toBeVisible();
    await sections.getByRole('link', { name: 'Dashboard' }).click();
    await expect(page).toHaveURL('/admin');
    await page.goBack();
    await box.fill('Something');
    await sections.getByRole('link', { name: 'Dashboard' }).click();
    await page.getByRole('alertdialog', { name: question }).getByRole('button', { name: 'Leave' }).click();
    await expect(page, path).toHaveURL('/admin');
    // The URL changes first: until the new page is shown, the old form still guards the tab.
    await expect(page.getByRole('heading', { level: 1, name: 'Dashboard' })).toBeVisible();
  }
});

test('adding or deleting a product does not ask about unsaved changes', async ({ admin, page, shop }) => {
  const name = unique('Copper Pot');
  await page.goto('/admin/products/new');
  await page.getByLabel('Name', { exact: true }).fill(name);
  await page.getByLabel('Price in EUR').fill('30');
  await page.getByRole('button', { name: 'Add product' }).click();
  await expect(page.getByRole('heading', { level: 1, name })).toBeVisible();
  await page.getByLabel('Description').fill('Half a sent');
  await page.getByRole('button', { name: `Delete ${name}` }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Delete product' }).click();
  await expect(page).toHaveURL('/admin/products');
  expect(await shop.as(admin).call('GET', `/api/products?q=${name}`)).toEqual([]);
});

test('closing the tab with unsaved changes shows the browser’s dialog', async ({ admin, browser, shop, logIn }) => {
  const product = await shop.newProduct();
  // A separate context, because a dialog is expected here.
  const context = await browser.newContext();
  const page = await context.newPage();
  await logIn(page, admin);
  await page.goto(`/admin/stock/${product.id}`);
  await page.getByLabel('Reason', { exact: true }).click();
  await page.keyboard.type('Delivery 7');
  const asked = page.waitForEvent('dialog');
  await page.close({ runBeforeUnload: true });
  const dialog = await asked;
  expect(dialog.type()).toBe('beforeunload');
  await dialog.accept();
  await context.close();
});
