import { expect, test } from './support/test';

const problemResponse = (status: number, retryAfter?: string) => ({
  status,
  contentType: 'application/problem+json',
  headers: retryAfter === undefined ? {} : { 'retry-after': retryAfter },
  body: JSON.stringify({ code: 'unavailable', message: 'A store is unavailable.', requestId: 'r-1' }),
});

for (const [status, words] of [
  [503, 'Part of the shop is temporarily unavailable.'],
  [429, 'The shop is busy.'],
] as const) {
  test(`${status} is retried with a banner`, async ({ page }) => {
    let requests = 0;
    await page.route('**/api/products?**', (route) => (++requests <= 2 ? route.fulfill(problemResponse(status, '1')) : route.fallback()));
    await page.goto('/products');
    await expect(page.getByText(words)).toBeVisible();
    await expect(page.getByRole('list', { name: 'Products', exact: true })).toBeVisible();
    await expect(page.getByText(words)).toBeHidden();
    expect(requests).toBe(3);
  });
}

test('a permanent error is shown and can be retried', async ({ page }) => {
  await page.route('**/api/products?**', (route) => route.fulfill(problemResponse(500)));
  await page.goto('/products');
  await expect(page.getByRole('alert')).toContainText('A store is unavailable.');
  await expect(page.getByRole('alert')).toContainText('r-1');
  await page.unroute('**/api/products?**');
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect(page.getByRole('list', { name: 'Products', exact: true })).toBeVisible();
});

test('the offline banner is shown and loaded content stays', async ({ page, context }) => {
  await page.goto('/products');
  await expect(page.getByRole('list', { name: 'Products', exact: true })).toBeVisible();
  await context.setOffline(true);
  await expect(page.getByText('You are offline.')).toBeVisible();
  await expect(page.getByRole('list', { name: 'Products', exact: true })).toBeVisible();
  await page.getByRole('link', { name: /^Basket/ }).click(); // its file is not loaded yet
  await expect(page.getByText('This page could not be loaded')).toBeVisible();
  await context.setOffline(false);
  await expect(page.getByText('You are offline.')).toBeHidden();
});
