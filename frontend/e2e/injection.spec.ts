import { unique } from './support/shop';
import { expect, fillBasket, test } from './support/test';

// Each would open a dialog, which fails the test, or insert an element that the test looks for.
const PAYLOADS = [
  '<script>alert("xss")</script>',
  '"><img src=x onerror=alert("xss")>',
  "<svg/onload=alert('xss')>",
  '{{constructor.constructor("alert(1)")()}}',
  'javascript:alert("xss")//',
];
const all = PAYLOADS.join(' ');

test('HTML in names and reviews is shown as text', async ({ page, shop, logIn }) => {
  test.slow();
  const name = `${unique('Trap')} ${PAYLOADS[0] ?? ''}${PAYLOADS[1] ?? ''}`;
  const category = `${unique('Lair')} ${PAYLOADS[2] ?? ''}`;
  const product = await shop.newProduct({ name, category, description: all, price: 10 });
  const author = await shop.newCustomer(`Eve ${PAYLOADS[1] ?? ''}`);
  const mine = shop.as(author);
  const order = await mine.call<{ id: number }>('POST', '/api/orders', { items: [{ productId: product.id, quantity: 1 }] });
  await mine.call('POST', '/api/reviews', { productId: product.id, rating: 1, comment: all });
  await shop.as(await shop.admin()).call('POST', '/api/notifications', { userId: author.user.id, type: 'news', subject: PAYLOADS[0], message: all });

  await logIn(page, author);
  await fillBasket(page, [product]);
  const search = new URLSearchParams({ q: name.slice(0, 60), category }).toString();
  const places: [string, string][] = [
    ['/', 'Good things'],
    [`/products?${search}`, name],
    [`/products/${product.id}`, all],
    ['/basket', name],
    ['/checkout', name],
    ['/orders', name],
    [`/orders/${order.id}`, name],
    ['/notifications', all],
    ['/account', author.user.name],
    [`/products?q=${encodeURIComponent(all)}`, `Results for “${all.slice(0, 100)}`],
  ];
  for (const [path, text] of places) {
    await page.goto(path);
    await expect(page.getByText(text).first()).toBeVisible();
    await expect(page.locator('script:not([src]), img[src="x"], [onerror], [onload], a[href^="javascript:"]')).toHaveCount(0);
  }
});

test('an image that does not load is replaced by a placeholder', async ({ page, shop }) => {
  const [missing, none] = [await shop.newProduct({ image: '/images/no-such-thing.svg' }), await shop.newProduct()];
  for (const { id, name } of [missing, none]) {
    await page.goto(`/products/${id}`);
    await expect(page.getByRole('img', { name })).toBeVisible();
    await expect(page.locator(`img[alt="${name}"]`)).toHaveCount(0);
  }
});
