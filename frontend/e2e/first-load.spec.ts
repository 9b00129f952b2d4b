import type { Page } from '@playwright/test';
import { PAGES } from '../scripts/pages.mjs';
import { expect, fillBasket, test } from './support/test';

/** Each costs a phone a part of a second: docs/performance.md. */
const MAX_REQUESTS = 20;
const PHONE = { viewport: { width: 412, height: 823 } };

/** The paths that a page requests until it is quiet. */
async function requestsOf(page: Page, path: string): Promise<string[]> {
  const requests: string[] = [];
  page.on('request', (request) => requests.push(request.url().slice(new URL(request.url()).origin.length)));
  await page.goto(path);
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  await expect(page.locator('[aria-busy=true]')).toHaveCount(0);
  await page.waitForFunction(() => [...document.images].every((image) => image.complete));
  return requests;
}

test.describe('on a phone', () => {
  test.use(PHONE);

  test('the pages of a first visit need few requests, and request their data once, before the script runs', async ({ page, shop }) => {
    const { id } = await shop.newProduct();
    for (const { path, data = [] } of PAGES.filter((one) => one.data)) {
      const requests = await requestsOf(page, path.replace(':id', String(id)));
      expect(requests.length, `${path}: ${requests.join(' ')}`).toBeLessThanOrEqual(MAX_REQUESTS);
      for (const url of data) expect(requests.filter((one) => one === url.replace(':id', String(id))), url).toHaveLength(1);
      page.removeAllListeners('request');
    }
  });

  test('the checkout needs few requests', async ({ page, shop, logIn }) => {
    await fillBasket(page, [await shop.newProduct(), await shop.newProduct(), await shop.newProduct()]);
    await logIn(page, await shop.newCustomer());
    const requests = await requestsOf(page, '/checkout');
    expect(requests.length, requests.join(' ')).toBeLessThanOrEqual(MAX_REQUESTS);
  });
});

test('text files are sent compressed, and each form has its own tag', async ({ request }) => {
  const html = await (await request.get('/')).text();
  const files = ['/', ...[...html.matchAll(/(?:src|href)="(\/assets\/[^"]+\.(?:js|css))"/g)].map(([, path]) => path ?? '')];
  expect(files.length).toBeGreaterThan(3);
  for (const file of files) {
    const tags = new Set<string | undefined>();
    for (const encoding of ['br', 'gzip', 'identity']) {
      const response = await request.get(file, { headers: { 'accept-encoding': encoding } });
      const headers = response.headers();
      expect(headers['content-encoding'] ?? 'identity', file).toBe(encoding);
      expect(headers['vary'], file).toContain('accept-encoding');
      expect(headers['content-type'], file).toMatch(/^text\/(html|css|javascript)/);
      expect(headers['cache-control'], file).toBe(file === '/' ? 'no-cache' : 'public, max-age=31536000, immutable');
      tags.add(headers['etag']);
      const again = await request.get(file, { headers: { 'accept-encoding': encoding, 'if-none-match': headers['etag'] ?? '' } });
      expect(again.status(), file).toBe(304);
    }
    expect(tags.size, file).toBe(3);
  }
});

test('an admin list asks for the names of all customers at once', async ({ page, shop, logIn }) => {
  await logIn(page, await shop.admin());
  const requests = await requestsOf(page, '/admin/orders');
  await expect(page.getByRole('link', { name: /^User \d/ })).toHaveCount(0);
  expect(requests.filter((path) => path.startsWith('/api/users'))).toHaveLength(1);
});

test('one’s own review is found with one request', async ({ page, shop, logIn }) => {
  const [product, author] = [await shop.newProduct(), await shop.newCustomer()];
  await shop.as(author).call('POST', '/api/reviews', { productId: product.id, rating: 4, comment: 'Still good.' });
  await logIn(page, author);
  const requests = await requestsOf(page, `/products/${product.id}`);
  await expect(page.getByRole('group', { name: 'Your review' })).toContainText('Still good.');
  const lists = requests.filter((path) => path.startsWith(`/api/reviews/product/${product.id}?`));
  expect(lists.filter((path) => path.endsWith(`userId=${author.user.id}`))).toHaveLength(1);
  expect(lists).toHaveLength(2);
});
