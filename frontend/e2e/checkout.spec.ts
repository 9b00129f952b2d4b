import { newBuyer } from './support/checkout';
import { expect, fillBasket, test } from './support/test';

const PLACE_ORDER = /^(Place order|Retry payment)/;

test('after a declined card the basket is kept, and another card pays the same order', async ({ page, shop, logIn }) => {
  const customer = await newBuyer(shop);
  const product = await shop.newProduct({ price: 10 });
  await logIn(page, customer);
  await fillBasket(page, [{ ...product, quantity: 2 }]);
  await page.goto('/checkout');
  await page.getByRole('radio', { name: /Empty card/ }).check();
  await page.getByRole('button', { name: PLACE_ORDER }).click();
  await expect(page.getByRole('alert')).toContainText('Your card has insufficient funds. Nothing was charged, and your basket is saved.');
  await expect(page.getByRole('link', { name: 'Basket, 2 items' })).toBeVisible();

  await page.getByRole('radio', { name: /Test card/ }).check();
  await page.getByRole('button', { name: 'Retry payment of €20.00' }).click();
  await expect(page.getByText('Thank you! Your order is confirmed.')).toBeVisible();
  await expect(page.getByRole('link', { name: 'Basket, empty' })).toBeVisible();
  expect(await shop.as(customer).orders()).toMatchObject([{ status: 'confirmed', total: 20 }]);
});

test('an unpaid order can be paid on its page', async ({ page, shop, logIn }) => {
  const customer = await newBuyer(shop);
  const product = await shop.newProduct({ price: 10 });
  await logIn(page, customer);
  await fillBasket(page, [product]);
  await page.goto('/checkout');
  await page.getByRole('radio', { name: /Declined card/ }).check();
  await page.getByRole('button', { name: PLACE_ORDER }).click();
  await expect(page.getByRole('alert')).toContainText('Your bank declined the card.');

  await page.goto('/orders');
  await page.getByRole('link', { name: /^Order \d/ }).click();
  await page.getByRole('radio', { name: /Declined card/ }).check();
  await page.getByRole('button', { name: 'Pay €10.00' }).click();
  await expect(page.getByRole('alert')).toContainText('Your payment was declined.');
  await page.getByRole('radio', { name: /Timeout card/ }).check();
  await page.getByRole('button', { name: 'Pay €10.00' }).click();
  await expect(page.getByText('€10.00, paid')).toBeVisible();
  expect(await shop.as(customer).orders()).toMatchObject([{ status: 'confirmed' }]);
});

test('of two customers who order the last item, one gets it and the other sees that it sold out', async ({ page, otherPage, shop, logIn }) => {
  const last = await shop.newProduct({ price: 30, stock: 1 });
  const plenty = await shop.newProduct({ price: 5, stock: 50 });
  const customers = [await newBuyer(shop, 'Ann First'), await newBuyer(shop, 'Ben Second')] as const;
  const pages = [page, otherPage] as const;
  for (const [place, browser] of pages.entries()) {
    await logIn(browser, customers[place as 0 | 1]);
    await fillBasket(browser, [last, plenty]);
    await browser.goto('/checkout');
    await expect(browser.getByRole('button', { name: 'Place order for €35.00' })).toBeVisible();
  }
  await Promise.all(pages.map((browser) => browser.getByRole('button', { name: PLACE_ORDER }).click()));

  const soldOut = (browser: typeof page) => browser.getByText('Sorry, this just sold out.');
  const confirmed = (browser: typeof page) => browser.getByText('Thank you! Your order is confirmed.');
  for (const browser of pages) await expect(soldOut(browser).or(confirmed(browser))).toBeVisible();
  const [loser, ...others] = (await Promise.all(pages.map(async (browser) => ((await soldOut(browser).isVisible()) ? [browser] : [])))).flat();
  if (!loser) throw new Error('both got the last one');
  expect(others).toEqual([]);

  // The rest of the basket can still be ordered.
  await loser.getByRole('button', { name: `Remove ${last.name}` }).click();
  await loser.getByRole('button', { name: 'Place order for €5.00' }).click();
  await expect(confirmed(loser)).toBeVisible();
});

test('checkout offers the remaining quantity', async ({ page, shop, logIn }) => {
  const customer = await newBuyer(shop);
  const product = await shop.newProduct({ price: 10, stock: 9 });
  await logIn(page, customer);
  await fillBasket(page, [{ ...product, quantity: 5 }]);
  await page.goto('/checkout');
  await expect(page.getByRole('button', { name: 'Place order for €50.00' })).toBeVisible();
  await shop.as(await shop.admin()).call('PUT', `/api/inventory/${product.id}`, { quantity: 2 });
  await page.getByRole('button', { name: PLACE_ORDER }).click();
  await expect(page.getByText('Only 2 left, but you selected 5.')).toBeVisible();
  await page.getByRole('button', { name: 'Update to 2' }).click();
  await page.getByRole('button', { name: 'Place order for €20.00' }).click();
  await expect(page.getByText('Thank you!')).toBeVisible();
});

test('a changed price is shown before the order is placed', async ({ page, shop, logIn }) => {
  const customer = await newBuyer(shop);
  const product = await shop.newProduct({ price: 10 });
  await logIn(page, customer);
  await fillBasket(page, [product]);
  await page.goto('/checkout');
  await expect(page.getByRole('button', { name: 'Place order for €10.00' })).toBeVisible();
  const { name, category } = product;
  await shop.as(await shop.admin()).call('PUT', `/api/products/${product.id}`, { name, category, price: 11.5 });
  await page.getByRole('button', { name: PLACE_ORDER }).click();
  await expect(page.getByText('The total is now €11.50.')).toBeVisible();
  await expect(page.getByText('The price has changed from €10.00 to €11.50.')).toBeVisible();
  expect(await shop.as(customer).orders()).toEqual([]);
  await page.getByRole('button', { name: 'Place order for €11.50' }).click();
  await expect(page.getByText('Thank you!')).toBeVisible();
});

test('a double click places one order', async ({ page, shop, logIn }) => {
  const customer = await newBuyer(shop);
  await logIn(page, customer);
  await fillBasket(page, [await shop.newProduct({ price: 10 })]);
  await page.goto('/checkout');
  await page.getByRole('radio', { name: /Slow card/ }).check();
  await page.getByRole('button', { name: PLACE_ORDER }).dblclick();
  await expect(page.getByText('Thank you!')).toBeVisible();
  expect(await shop.as(customer).orders()).toHaveLength(1);
});

test('a lost response is retried, and the order is placed once', async ({ page, shop, logIn }) => {
  const customer = await newBuyer(shop);
  const keys: (string | undefined)[] = [];
  await page.route('**/api/orders', async (route) => {
    if (route.request().method() !== 'POST') return route.fallback();
    keys.push(route.request().headers()['idempotency-key']);
    const answer = await route.fetch();
    // The API executes the request, but the first two responses are lost.
    return keys.length <= 2 ? route.abort('connectionreset') : route.fulfill({ response: answer });
  });
  await logIn(page, customer);
  await fillBasket(page, [await shop.newProduct({ price: 10 })]);
  await page.goto('/checkout');
  await page.getByRole('button', { name: PLACE_ORDER }).click();
  await expect(page.getByText('Thank you!')).toBeVisible();
  expect(keys.length).toBeGreaterThan(2);
  expect(new Set(keys).size).toBe(1);
  expect(await shop.as(customer).orders()).toHaveLength(1);
});

test('an order whose response was lost is not placed again after a reload', async ({ page, shop, logIn }) => {
  const customer = await newBuyer(shop);
  await page.route('**/api/orders', async (route) => {
    if (route.request().method() !== 'POST') return route.fallback();
    await route.fetch();
    return route.fulfill({ status: 500, contentType: 'text/plain', body: 'lost' });
  });
  await logIn(page, customer);
  await fillBasket(page, [await shop.newProduct({ price: 10 })]);
  await page.goto('/checkout');
  await page.getByRole('button', { name: PLACE_ORDER }).click();
  await expect(page.getByRole('alert')).toContainText('You will not be charged twice');
  await page.unrouteAll({ behavior: 'wait' });
  // The page retries automatically.
  await page.reload();
  await expect(page.getByText('Thank you!')).toBeVisible();
  expect(await shop.as(customer).orders()).toHaveLength(1);
});
