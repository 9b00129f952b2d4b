import { expect, test } from './support/test';

test('the security headers isolate the window and disable device access', async ({ request }) => {
  const headers = (await request.get('/')).headers();
  expect(headers['cross-origin-opener-policy']).toBe('same-origin');
  expect(headers['permissions-policy']).toContain('camera=(), ');
});

test('the return path after login never leads to another site or back to the login page', async ({ page, shop }) => {
  const { user, password } = await shop.newCustomer();
  for (const next of ['/\t/example.org', '/%09/example.org', '/\\example.org', 'javascript:alert(1)', '/login?next=/login', '/docs']) {
    await page.goto(`/login?${new URLSearchParams({ next }).toString()}`);
    await page.getByLabel('Email').fill(user.email);
    await page.getByLabel('Password').fill(password);
    await page.getByRole('button', { name: 'Log in', exact: true }).click();
    await expect(page.getByRole('link', { name: `Account: ${user.name}` })).toBeVisible();
    await expect(page, next).toHaveURL('/');
    await page.evaluate(() => localStorage.clear());
  }
});
