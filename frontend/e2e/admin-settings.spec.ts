import { expect, tableRow, test } from './support/admin';
import { CONFIRMED, newBuyer } from './support/checkout';
import { unique } from './support/shop';
import { expectAccessible, fillBasket } from './support/test';

test('an admin adds a discount code, and a customer uses it', async ({ page, otherPage, shop, logIn }) => {
  const code = unique('SPRING').toUpperCase();
  await page.goto('/admin/settings');
  await page.getByRole('navigation', { name: 'Settings' }).getByRole('link', { name: 'Discounts' }).click();
  await page.getByRole('link', { name: 'New discount code' }).click();
  await page.getByLabel('Code', { exact: true }).fill(code.toLowerCase());
  await page.getByLabel('Discount in percent').fill('25');
  await page.getByLabel('Total uses').fill('1');
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Add discount code' }).click();
  await expect(tableRow(page, code)).toContainText('0 of 1');

  await logIn(otherPage, await newBuyer(shop));
  await fillBasket(otherPage, [await shop.newProduct({ price: 20 })]);
  await otherPage.goto('/checkout');
  await otherPage.getByLabel('Discount code').fill(code);
  await otherPage.getByRole('button', { name: 'Apply' }).click();
  await otherPage.getByRole('button', { name: 'Place order for €15.00' }).click();
  await expect(otherPage.getByText(CONFIRMED)).toBeVisible();
  await expect(otherPage.getByText(`Discount (${code})`)).toBeVisible();

  await page.reload();
  await expect(tableRow(page, code)).toContainText('1 of 1');
  await expect(tableRow(page, code)).toContainText('Used up');
  // A code that was used stays; it can be deactivated.
  await page.getByRole('button', { name: `Delete the discount code ${code}` }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Delete' }).click();
  await expect(page.getByText('Switch it off instead of deleting it.')).toBeVisible();
  await page.getByRole('link', { name: code }).click();
  await page.getByLabel('Active: customers can use it').uncheck();
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(tableRow(page, code)).toContainText('Inactive');
});

test('errors of a discount code are shown at their fields', async ({ admin, page, shop }) => {
  const code = unique('TAKEN').toUpperCase();
  await shop.as(admin).call('POST', '/api/orders/discounts', { code, amount: 5 });
  await page.goto('/admin/settings/discounts/new');
  await page.getByRole('button', { name: 'Add discount code' }).click();
  await expect(page.getByLabel('Code', { exact: true })).toHaveAccessibleDescription(/^Must be 3 to 32 letters/);
  await expect(page.getByLabel('Discount in percent')).toHaveAccessibleDescription(/^Must be a percentage/);
  await page.getByLabel('Code', { exact: true }).fill(code);
  await page.getByLabel('Discount in percent').fill('10');
  await page.getByRole('button', { name: 'Add discount code' }).click();
  // The API knows that it is taken.
  await expect(page.getByLabel('Code', { exact: true })).toHaveAccessibleDescription(/There is a discount with this code already\./);
  await expect(page.getByLabel('Code', { exact: true })).toBeFocused();
});

test('a tax rate and a shipping method are added, changed and deleted', async ({ page }) => {
  await page.goto('/admin/settings/taxes/new');
  // No other test delivers there.
  const region = unique('Westfjords');
  await page.getByLabel('Country').selectOption('IS');
  await page.getByLabel('Region').fill(region);
  await page.getByLabel('Rate in percent').fill('7,75');
  await page.getByRole('button', { name: 'Add tax rate' }).click();
  await expect(tableRow(page, region)).toContainText('7.75 %');
  await page.getByRole('link', { name: `Iceland, ${region}` }).click();
  await page.getByLabel('Rate in percent').fill('8');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(tableRow(page, region)).toContainText('8 %');
  await page.getByRole('button', { name: `Delete the tax rate for Iceland, ${region}` }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Delete' }).click();
  await expect(tableRow(page, region)).toHaveCount(0);

  const name = unique('Sledge');
  await page.goto('/admin/settings/shipping/new');
  await page.getByLabel('Name', { exact: true }).fill(name);
  await page.getByLabel('Price in EUR').fill('12');
  await page.getByLabel('Free from a subtotal of').fill('100');
  await page.getByLabel('Countries').fill('GL, XX');
  await page.getByLabel('Fewest days').fill('5');
  await page.getByLabel('Most days').fill('9');
  await page.getByRole('button', { name: 'Add shipping method' }).click();
  await expect(page.getByLabel('Countries')).toHaveAccessibleDescription(/unknown: XX/);
  await page.getByLabel('Countries').fill('GL');
  await page.getByRole('button', { name: 'Add shipping method' }).click();
  await expect(tableRow(page, name)).toContainText('Greenland');
  await expect(tableRow(page, name)).toContainText('free from €100.00');
  await page.getByRole('button', { name: `Delete the shipping method “${name}”` }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Delete' }).click();
  await expect(tableRow(page, name)).toHaveCount(0);
});

test('settings that another admin has changed are not overwritten', async ({ admin, page, shop }) => {
  type Settings = Record<string, unknown>;
  const before = await shop.as(admin).call<Settings>('GET', '/api/orders/settings');
  await page.goto('/admin/settings');
  await page.getByLabel('Name of the shop').fill('Tea and Cups');
  await shop.as(admin).call('PUT', '/api/orders/settings', { ...before, returnDays: 21 });
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByRole('alert')).toContainText('changed');
  expect(await shop.as(admin).call('GET', '/api/orders/settings')).toMatchObject({ returnDays: 21 });
  await shop.as(admin).call('PUT', '/api/orders/settings', before);
});

test('a code whose response was lost is found in the list', async ({ page }) => {
  const code = unique('LOST').toUpperCase();
  await page.route('**/api/orders/discounts', async (route) => {
    if (route.request().method() !== 'POST') return route.fallback();
    await route.fetch();
    return route.fulfill({ status: 500, contentType: 'text/plain', body: 'lost' });
  });
  await page.goto('/admin/settings/discounts/new');
  await page.getByLabel('Code', { exact: true }).fill(code);
  await page.getByLabel('Discount in percent').fill('5');
  await page.getByRole('button', { name: 'Add discount code' }).click();
  await expect(tableRow(page, code)).toContainText('5 %');
});
