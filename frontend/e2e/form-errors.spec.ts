import { newBuyer } from './support/checkout';
import { expect, fillBasket, test } from './support/test';

const problemResponse = (status: number, body: Record<string, unknown>, headers: Record<string, string> = {}) => ({
  status,
  headers,
  contentType: 'application/problem+json',
  body: JSON.stringify({ code: 'invalid', message: 'Some fields are invalid.', requestId: 'r-1', ...body }),
});

test.describe('on a telephone', () => {
  test.use({ viewport: { width: 360, height: 640 } });

  test('the reason why a card was declined scrolls into view and gets the focus', async ({ page, shop, logIn }) => {
    const products = [await shop.newProduct(), await shop.newProduct(), await shop.newProduct()];
    await logIn(page, await newBuyer(shop));
    await fillBasket(page, products);
    await page.goto('/checkout');
    await page.getByText('Declined card').click();
    await page.getByRole('button', { name: /^Place order/ }).click();
    const alert = page.getByRole('alert').filter({ hasText: 'Your payment was declined.' });
    await expect(alert).toBeInViewport({ ratio: 1 });
    await expect(alert).toBeFocused();
  });

  test('the error of a long form scrolls into view each time', async ({ page, shop, logIn }) => {
    await logIn(page, await shop.admin());
    await page.goto('/admin/products/new');
    await page.getByLabel('Name', { exact: true }).fill('Cup');
    await page.getByLabel('Price in EUR').fill('12');
    await page.route('**/api/products', (route) => (route.request().method() === 'POST' ? route.fulfill(problemResponse(409, { code: 'taken', message: 'Not now.' })) : route.continue()));
    const alert = page.getByRole('alert').filter({ hasText: 'Not now.' });
    for (const time of ['first', 'second']) {
      await page.getByLabel('Image URL').focus();
      await page.getByRole('button', { name: 'Add product' }).click();
      await expect(alert, `the ${time} time`).toBeFocused();
      await expect(alert).toBeInViewport({ ratio: 1 });
    }
  });
});

test('all errors of a form are shown at once', async ({ page }) => {
  await page.goto('/signup');
  await page.getByLabel('Name').fill('J');
  await page.getByLabel('Email').fill('nonsense');
  await page.getByLabel('Password').fill('short');
  await page.getByRole('button', { name: 'Create account' }).click();
  for (const label of ['Name', 'Email', 'Password']) await expect(page.getByLabel(label)).toHaveAccessibleDescription(/^Must/);
  await expect(page.getByLabel('Name')).toBeFocused();

  await page.goto('/login');
  await page.getByRole('button', { name: 'Log in', exact: true }).click();
  for (const label of ['Email', 'Password']) await expect(page.getByLabel(label)).toHaveAccessibleDescription('Must not be empty.');
});

test('API errors are shown at their fields, and other errors in the alert', async ({ page }) => {
  await page.route('**/api/users/signup', (route) =>
    route.fulfill(
      problemResponse(400, {
        errors: [
          { field: 'password', message: 'is one of the most common passwords' },
          { field: 'email', message: 'must be an address that can be written to' },
          { field: 'referrer', message: 'must be known' },
        ],
      }),
    ),
  );
  await page.goto('/signup');
  await page.getByLabel('Name').fill('Jo');
  await page.getByLabel('Email').fill('jo@example.org');
  await page.getByLabel('Password').fill('password');
  await page.getByRole('button', { name: 'Create account' }).click();
  await expect(page.getByLabel('Password')).toHaveAccessibleDescription(/Is one of the most common passwords\./);
  await expect(page.getByLabel('Email')).toHaveAccessibleDescription(/Must be an address that can be written to\./);
  await expect(page.getByRole('alert')).toContainText('referrer: Must be known.');
  // The first one on the page, not in the response.
  await expect(page.getByLabel('Email')).toBeFocused();
});

for (const [form, path] of [
  ['login', '/login'],
  ['signup', '/signup'],
] as const) {
  test(`a rate limit at ${form} shows how long to wait`, async ({ page }) => {
    await page.route(`**/api/users/${form}`, (route) => route.fulfill(problemResponse(429, { code: 'too_many', message: 'Too many attempts.' }, { 'retry-after': '840' })));
    await page.goto(path);
    if (form === 'signup') await page.getByLabel('Name').fill('Jo');
    await page.getByLabel('Email').fill('jo@example.org');
    await page.getByLabel('Password').fill('long enough');
    await page.getByLabel('Password').press('Enter');
    await expect(page.getByRole('alert')).toContainText('Too many attempts. Try again in 14 minutes.');
    await expect(page.getByRole('alert')).toBeFocused();
  });
}
