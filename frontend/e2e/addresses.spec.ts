import { checkPage, WIDTHS } from './support/pageChecks';
import { expect, test } from './support/test';

type Saved = { id: number; line1: string; isDefault: boolean };

test('a customer saves, changes and deletes addresses', async ({ page, shop, logIn }) => {
  const customer = await shop.newCustomer('Mira Okonjo');
  const saved = async () => (await shop.as(customer).call<Saved[]>('GET', '/api/users/me/addresses')).map(({ line1, isDefault }) => (isDefault ? `${line1} (default)` : line1));
  await logIn(page, customer);
  await page.goto('/account');
  await page.getByRole('navigation', { name: 'Your account' }).getByRole('link', { name: 'Addresses' }).click();
  await expect(page.getByRole('heading', { name: 'No saved addresses' })).toBeVisible();

  // All that is missing is shown at once, and then what the API rejects.
  await page.getByRole('button', { name: 'Add address' }).click();
  await expect(page.getByLabel('Full name')).toBeFocused();
  await page.getByLabel('Country').selectOption('Germany');
  await page.getByRole('button', { name: 'Save address' }).click();
  for (const label of ['Full name', 'Street and house number', 'Postal code', 'City']) await expect(page.getByLabel(label)).toHaveAccessibleDescription('Must not be empty.');
  await page.getByLabel('Full name').fill('Mira Okonjo');
  await page.getByLabel('Street and house number').fill('Invalidenstr. 116');
  await page.getByLabel('Postal code').fill('1');
  await page.getByLabel('City').fill('Berlin');
  await page.getByRole('button', { name: 'Save address' }).click();
  await expect(page.getByLabel('Postal code')).toHaveAccessibleDescription('Must be a postal code of DE, such as 12345.');
  await expect(page.getByLabel('Postal code')).toBeFocused();
  await page.getByLabel('Postal code').fill('10115');
  await page.getByRole('button', { name: 'Save address' }).click();
  const addresses = page.getByRole('listitem').filter({ has: page.getByRole('button', { name: /^Delete/ }) });
  await expect(addresses).toHaveText([/Default address.*Invalidenstr\. 116.*10115 Berlin.*Germany/]);

  await page.getByRole('button', { name: 'Add address' }).click();
  await page.getByLabel('Full name').fill('Okonjo Ltd');
  await page.getByLabel('Street and house number').fill('Rue de Rivoli 1');
  await page.getByLabel('Postal code').fill('75001');
  await page.getByLabel('City').fill('Paris');
  await page.getByLabel('Country').selectOption('France');
  await page.getByRole('button', { name: 'Save address' }).click();
  await expect(addresses).toHaveCount(2);
  await page.getByRole('button', { name: 'Make default: Okonjo Ltd' }).click();
  await expect(addresses).toHaveText([/Default address.*Rue de Rivoli 1/, /Invalidenstr\. 116/]);

  await page.getByRole('button', { name: 'Edit Mira Okonjo' }).click();
  await page.getByLabel('Street and house number').fill('Invalidenstr. 117');
  await page.getByLabel('Use as my default address').check();
  await page.getByRole('button', { name: 'Save address' }).click();
  await expect(addresses).toHaveText([/Default address.*Invalidenstr\. 117/, /Rue de Rivoli 1/]);
  expect(await saved()).toEqual(['Invalidenstr. 117 (default)', 'Rue de Rivoli 1']);

  await page.getByRole('button', { name: 'Delete Mira Okonjo' }).click();
  await page.getByRole('alertdialog', { name: 'Delete this address?' }).getByRole('button', { name: 'Delete address' }).click();
  await expect(addresses).toHaveText([/Default address.*Rue de Rivoli 1/]);
  expect(await saved()).toEqual(['Rue de Rivoli 1 (default)']);
});

for (const colorScheme of ['light', 'dark'] as const) {
  for (const width of WIDTHS) {
    test.describe(`${width} pixels, ${colorScheme}`, () => {
      test.use({ viewport: { width, height: 900 }, colorScheme, contextOptions: { reducedMotion: 'reduce' } });

      test('saved addresses and their form fit on the page', async ({ page, shop, logIn }) => {
        const customer = await shop.newCustomer('Mira Okonjo');
        const long = { name: 'M'.repeat(60), line1: 'Donaudampfschifffahrtsgesellschaft 1', line2: 'x'.repeat(100), city: 'Llanfair', postalCode: '10115', country: 'DE', phone: '+49 30 1234567' };
        await shop.as(customer).call('POST', '/api/users/me/addresses', long);
        await shop.as(customer).call('POST', '/api/users/me/addresses', { ...long, name: 'Mira', line2: 'Flat 2' });
        await logIn(page, customer);
        await checkPage(page, 'addresses', '/account/addresses', 'Default address');
        await page.getByRole('button', { name: 'Edit Mira, Donau' }).click();
        await expect(page.getByLabel('Full name')).toHaveValue('Mira');
        expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
        await page.screenshot({ path: `test-output/pages/addresses-form-${width}-${colorScheme}.png`, fullPage: true });
      });
    });
  }
}
