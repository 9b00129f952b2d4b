import type { Page } from '@playwright/test';
import { expect, test } from './support/test';

/** Advances the page's clock until the timeout error appears. */
async function waitForTimeoutError(page: Page, words: string | RegExp): Promise<void> {
  await expect(async () => {
    await page.clock.fastForward(5_000);
    await expect(page.getByRole('alert')).toContainText(words, { timeout: 200 });
  }).toPass({ timeout: 20_000 });
}

test('a request without a response times out and can be retried', async ({ page }) => {
  await page.clock.install();
  let requests = 0;
  await page.route('**/api/products?**', () => void (requests += 1));
  await page.goto('/products');
  await expect(page.getByText('Searching…')).toBeVisible();
  await expect.poll(() => requests).toBe(1);
  await page.clock.fastForward(10_500);
  await expect(page.getByText('The shop is not responding. Retrying')).toBeVisible();
  await waitForTimeoutError(page, 'The shop did not respond in time.');
  expect(requests).toBe(2);
  await page.unroute('**/api/products?**');
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect(page.getByRole('list', { name: 'Products', exact: true })).toBeVisible();
});

test('a response that stops in the middle times out', async ({ page, shop, logIn }) => {
  await logIn(page, await shop.newCustomer());
  await page.clock.install();
  // The response headers arrive, but the body never does.
  await page.addInitScript(() => {
    const send = window.fetch.bind(window);
    window.fetch = async (input, init) => {
      const { url } = input as Request;
      if (!url.endsWith('/api/orders?limit=20')) return send(input, init);
      const body = new ReadableStream({
        start: (stream) => init?.signal?.addEventListener('abort', () => stream.error(init.signal?.reason)),
      });
      return new Response(body, { headers: { 'content-type': 'application/json' } });
    };
  });
  await page.goto('/orders');
  await waitForTimeoutError(page, 'The shop did not respond in time.');
  await expect(page.getByRole('button', { name: 'Try again' })).toBeVisible();
});

test('a write without a response is not reported as failed', async ({ page, shop, logIn }) => {
  const customer = await shop.newCustomer();
  const product = await shop.newProduct();
  await logIn(page, customer);
  await page.goto(`/products/${product.id}`);
  await page.getByRole('button', { name: 'Write a review' }).click();
  await page.clock.install();
  await page.route('**/api/reviews', async (route) => {
    // The API executes the request, but the response is lost.
    await route.fetch();
  });
  await page.getByText('4 of 5: Very good').locator('xpath=..').click();
  await page.getByLabel('What would you tell a friend?').fill('Loud.');
  await page.getByRole('button', { name: 'Publish' }).click();
  await expect.poll(() => shop.call<unknown[]>('GET', `/api/reviews/product/${product.id}`)).toHaveLength(1);
  await waitForTimeoutError(page, 'It may have gone through anyway');
  await expect(page.getByLabel('What would you tell a friend?')).toHaveValue('Loud.');
});

test('a form submitted offline shows a connection error', async ({ page, context, shop, logIn }) => {
  const product = await shop.newProduct();
  await logIn(page, await shop.newCustomer());
  await page.goto(`/products/${product.id}`);
  await page.getByRole('button', { name: 'Write a review' }).click();
  await page.getByText('4 of 5: Very good').locator('xpath=..').click();
  await context.setOffline(true);
  await page.getByRole('button', { name: 'Publish' }).click();
  await expect(page.getByRole('alert').filter({ hasText: 'Check your connection.' })).toBeFocused();
  await context.setOffline(false);
  await page.getByRole('button', { name: 'Publish' }).click();
  await expect(page.getByRole('button', { name: 'Delete' })).toBeVisible();
});
