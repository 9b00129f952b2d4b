import { ADDRESS, CONFIRMED, fillAddress, newBuyer, PLACE_ORDER } from './support/checkout';
import { type Shop, unique } from './support/shop';
import { expect, expectAccessible, fillBasket, test } from './support/test';

/** A code of this test only: 10 % off. */
async function newCode(shop: Shop, terms: Record<string, unknown> = {}): Promise<string> {
  const code = unique('TEN').toUpperCase();
  await shop.as(await shop.admin()).call('POST', '/api/orders/discounts', { code, percentage: 10, ...terms });
  return code;
}

/** A shipping method of this test only, to a country that no other test delivers to. */
async function newMethod(shop: Shop, country: string) {
  const method = { name: unique('Express'), price: 4.9, countries: [country], minDays: 1, maxDays: 2 };
  const { id } = await shop.as(await shop.admin()).call<{ id: number }>('POST', '/api/orders/shipping-methods', method);
  return { ...method, remove: async () => shop.as(await shop.admin()).call('DELETE', `/api/orders/shipping-methods/${id}`) };
}

test('a purchase with an address, a shipping method and a discount code', async ({ page, shop, logIn }) => {
  const customer = await shop.newCustomer();
  const product = await shop.newProduct({ price: 10 });
  const code = await newCode(shop);
  const express = await newMethod(shop, 'IS');
  await logIn(page, customer);
  await fillBasket(page, [{ ...product, quantity: 2 }]);
  await page.goto('/checkout');
  await expect(page.getByText('Enter your address to see how we can deliver.')).toBeVisible();
  await expect(page.getByLabel('Email')).toHaveValue(customer.user.email);
  await page.getByLabel('Email').fill('parcels@example.org');
  await fillAddress(page, { ...ADDRESS, name: 'Björk Testa', line1: 'Laugavegur 1', city: 'Reykjavík', postalCode: '101', country: 'IS' });
  await page.getByLabel('Save to my addresses').check();

  await page.getByRole('radio', { name: new RegExp(express.name) }).check();
  await expect(page.getByRole('button', { name: 'Place order for €24.90' })).toBeVisible();
  await page.getByLabel('Discount code').fill(code.toLowerCase());
  await page.getByRole('button', { name: 'Apply' }).click();
  await expect(page.getByText('has been applied.')).toBeVisible();
  const summary = page.getByRole('complementary', { name: 'Order summary' });
  await expect(summary.getByText(`Discount (${code})`)).toBeVisible();
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Place order for €22.90' }).click();

  await expect(page.getByText(CONFIRMED)).toBeVisible();
  for (const text of ['Subtotal', '€20.00', `Discount (${code})`, '-€2.00', `Shipping (${express.name})`, '€4.90', 'Laugavegur 1', '101 Reykjavík', 'Iceland', 'parcels@example.org']) {
    await expect(page.locator('#main').getByText(text).first(), text).toBeVisible();
  }
  await expect(page.getByText('€22.90, paid')).toBeVisible();
  const mine = shop.as(customer);
  expect(await mine.orders()).toMatchObject([{ total: 22.9, subtotal: 20, discount: 2, shipping: 4.9, discountCode: code, email: 'parcels@example.org' }]);
  await expect.poll(() => mine.call('GET', '/api/users/me/addresses')).toMatchObject([{ line1: 'Laugavegur 1', isDefault: true }]);
  await express.remove();
});

test('what is missing or wrong in the address is shown at its fields', async ({ page, shop, logIn }) => {
  await logIn(page, await shop.newCustomer());
  await fillBasket(page, [await shop.newProduct({ price: 10 })]);
  await page.goto('/checkout');
  await page.getByRole('button', { name: PLACE_ORDER }).click();
  await expect(page.getByLabel('Full name')).toBeFocused();
  for (const label of ['Full name', 'Street and house number', 'Postal code', 'City']) {
    await expect(page.getByLabel(label)).toHaveAccessibleDescription('Must not be empty.');
  }
  await fillAddress(page, { ...ADDRESS, postalCode: '1011' });
  // The API knows the country's postal codes.
  await expect(page.getByLabel('Postal code')).toHaveAttribute('aria-invalid', 'true');
  await page.getByRole('button', { name: PLACE_ORDER }).click();
  await expect(page.getByLabel('Postal code')).toBeFocused();
  await page.getByLabel('Postal code').fill('10115');
  await page.getByRole('button', { name: PLACE_ORDER }).click();
  await expect(page.getByText(CONFIRMED)).toBeVisible();
});

test('a code that takes nothing off is explained, and can be removed', async ({ page, shop, logIn }) => {
  const customer = await newBuyer(shop);
  const code = await newCode(shop, { minimumSubtotal: 50 });
  await logIn(page, customer);
  await fillBasket(page, [await shop.newProduct({ price: 10 })]);
  await page.goto('/checkout');
  await page.getByLabel('Discount code').fill(code);
  await page.getByLabel('Discount code').press('Enter');
  await expect(page.getByText('This discount code is for goods of at least €50.00. Your order is placed without it.')).toBeVisible();
  await page.getByRole('button', { name: `Remove discount code ${code}` }).click();
  await page.getByLabel('Discount code').fill('no code');
  await page.getByRole('button', { name: 'Apply' }).click();
  await expect(page.getByLabel('Discount code')).toHaveAccessibleDescription('There is no such discount code.');
  await page.getByRole('button', { name: 'Place order for €10.00' }).click();
  await expect(page.getByText(CONFIRMED)).toBeVisible();
});

test('offline the last total stays, and the page says so', async ({ page, context, shop, logIn }) => {
  await logIn(page, await newBuyer(shop));
  await fillBasket(page, [await shop.newProduct({ price: 10 })]);
  await page.goto('/checkout');
  await expect(page.getByRole('button', { name: 'Place order for €10.00' })).toBeVisible();
  await context.setOffline(true);
  await expect(page.getByText('This total may be out of date while you are offline.')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Place order for €10.00' })).toBeVisible();
  await context.setOffline(false);
  await expect(page.getByText('This total may be out of date while you are offline.')).toBeHidden();
});

test('the price of an earlier input does not replace that of the last one', async ({ page, shop, logIn }) => {
  await logIn(page, await newBuyer(shop));
  const code = await newCode(shop);
  await fillBasket(page, [await shop.newProduct({ price: 10 })]);
  await page.goto('/checkout');
  await expect(page.getByRole('button', { name: 'Place order for €10.00' })).toBeVisible();
  const withCode = (body: string | null) => body?.includes(code) ?? false;
  // Its response never arrives.
  await page.route('**/api/orders/quote', (route) => (withCode(route.request().postData()) ? undefined : route.fallback()));
  const sent = page.waitForRequest((request) => withCode(request.postData()));
  const aborted = page.waitForEvent('requestfailed', (request) => withCode(request.postData()));
  await page.getByLabel('Discount code').fill(code);
  await page.getByRole('button', { name: 'Apply' }).click();
  await sent;
  await expect(page.getByText('is being checked…')).toBeVisible();
  await page.getByRole('button', { name: `Remove discount code ${code}` }).click();
  await aborted;
  await expect(page.getByRole('complementary', { name: 'Order summary' }).locator('[aria-busy=true]')).toHaveCount(0);
  await page.getByRole('button', { name: 'Place order for €10.00' }).click();
  await expect(page.getByText(CONFIRMED)).toBeVisible();
});
