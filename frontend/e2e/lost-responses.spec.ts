import { CONFIRMED, openCheckout, ORDERS, PLACE_ORDER } from './support/checkout';
import { loseResponses, submitAgainWith } from './support/lostResponses';
import { expect, test } from './support/test';

test('another card after a lost response does not place a second order', async ({ page, shop, logIn }) => {
  const { orders } = await openCheckout(page, shop, logIn);
  const sent = await loseResponses(page, ORDERS);
  await page.getByRole('button', { name: PLACE_ORDER }).click();
  await expect(page.getByRole('alert')).toContainText('You will not be charged twice');
  await expect(page.getByRole('alert')).not.toContainText(/not placed|Nothing was charged/);
  await submitAgainWith(page, 'Slow card');
  await expect.poll(() => sent.bodies.length).toBeGreaterThan(1);
  expect(await orders()).toMatchObject([{ status: 'confirmed', total: 20 }]);
  expect(new Set(sent.bodies).size).toBe(1);
  await page.unrouteAll({ behavior: 'wait' });
  await expect(page.getByText(CONFIRMED)).toBeVisible();
  await expect(page.getByRole('link', { name: 'Basket, empty' })).toBeVisible();
});

test('the payment method is locked until the shop responds', async ({ page, shop, logIn }) => {
  await openCheckout(page, shop, logIn);
  await loseResponses(page, ORDERS);
  await page.getByRole('radio', { name: /Timeout card/ }).check();
  await page.getByRole('button', { name: PLACE_ORDER }).click();
  await expect(page.getByText('You can change your payment method once the shop has responded.')).toBeVisible();
  await page.reload();
  await expect(page.getByRole('radio', { name: /Timeout card/ })).toBeChecked();
  await expect(page.getByRole('radio', { name: /Test card/ })).toBeDisabled();
  await page.goto('/basket');
  await expect(page.getByRole('alert')).toContainText('Your last order has not been confirmed yet.');
});

test('a reload during a slow payment resumes it', async ({ page, shop, logIn }) => {
  const { orders } = await openCheckout(page, shop, logIn);
  await page.getByRole('radio', { name: /Slow card/ }).check();
  const left = page.waitForRequest((request) => request.method() === 'POST' && request.url().endsWith('/api/orders'));
  await page.getByRole('button', { name: PLACE_ORDER }).click();
  await left;
  await page.reload();
  // The page resumes the order without a click, unless it has lost the attempt.
  // A server whose client disconnects may stop halfway. After half a minute its key is released, the
  // incomplete order is compensated, and the order can be placed.
  await expect(page.getByText(CONFIRMED).or(page.getByRole('button', { name: PLACE_ORDER }))).toBeVisible({ timeout: 90_000 });
  if (await page.getByRole('button', { name: PLACE_ORDER }).isVisible()) await page.getByRole('button', { name: PLACE_ORDER }).click();
  await expect(page.getByText(CONFIRMED)).toBeVisible();
  expect((await orders()).filter(({ status }) => status !== 'cancelled')).toMatchObject([{ status: 'confirmed' }]);
  await expect(page.getByRole('link', { name: 'Basket, empty' })).toBeVisible();
});

test('two tabs with one basket place one order', async ({ page, context, shop, logIn }) => {
  const { orders } = await openCheckout(page, shop, logIn);
  const second = await context.newPage();
  await second.goto('/checkout');
  await page.getByRole('radio', { name: /Slow card/ }).check();
  await expect(second.getByRole('button', { name: PLACE_ORDER })).toBeVisible();
  // An order takes less time than the other tab's click: none is sent before both are made.
  let bothClicked: () => void = () => undefined;
  const clicked = new Promise<void>((resolve) => (bothClicked = resolve));
  await context.route(ORDERS, async (route) => {
    await clicked;
    await route.fallback();
  });
  await Promise.all([page, second].map((tab) => tab.getByRole('button', { name: PLACE_ORDER }).click()));
  bothClicked();
  for (const tab of [page, second]) await expect(tab.getByText(CONFIRMED)).toBeVisible();
  expect(await orders()).toHaveLength(1);
});

test('a second tab joins the purchase of the first one', async ({ page, context, shop, logIn }) => {
  const { orders } = await openCheckout(page, shop, logIn);
  await loseResponses(page, ORDERS);
  await page.getByRole('button', { name: PLACE_ORDER }).click();
  await expect(page.getByRole('alert')).toContainText('No response yet.');
  const second = await context.newPage();
  await second.goto('/checkout');
  await expect(second.getByText(CONFIRMED)).toBeVisible();
  expect(await orders()).toHaveLength(1);
});

test('an order sent offline is placed once when the network is back', async ({ page, context, shop, logIn }) => {
  const { orders } = await openCheckout(page, shop, logIn);
  await context.setOffline(true);
  await page.getByRole('button', { name: PLACE_ORDER }).click();
  await expect(page.getByText('We will check as soon as you are back online')).toBeVisible();
  expect(await orders()).toEqual([]);
  await context.setOffline(false);
  await expect(page.getByText(CONFIRMED)).toBeVisible();
  expect(await orders()).toHaveLength(1);
});

test('a response that was lost with the network is received when it is back', async ({ page, context, shop, logIn }) => {
  const { orders } = await openCheckout(page, shop, logIn);
  let lost = false;
  await page.route(ORDERS, async (route) => {
    if (route.request().method() !== 'POST' || lost) return route.fallback();
    lost = true;
    await route.fetch();
    await context.setOffline(true);
    return route.abort('internetdisconnected');
  });
  await page.getByRole('button', { name: PLACE_ORDER }).click();
  await expect(page.getByText('You are offline.')).toBeVisible();
  await expect(page.getByText('We will check as soon as you are back online')).toBeVisible();
  await context.setOffline(false);
  await expect(page.getByText(CONFIRMED)).toBeVisible();
  expect(await orders()).toHaveLength(1);
});

test('items added during a purchase stay in the basket', async ({ page, context, shop, logIn }) => {
  const { product, orders } = await openCheckout(page, shop, logIn);
  await loseResponses(page, ORDERS);
  await page.getByRole('button', { name: PLACE_ORDER }).click();
  await expect(page.getByRole('alert')).toContainText('No response yet.');
  const second = await context.newPage();
  await second.goto(`/products/${product.id}`);
  await second.getByRole('button', { name: 'Add to basket' }).click();
  await expect(second.getByRole('link', { name: 'Basket, 3 items' })).toBeVisible();
  await page.unrouteAll({ behavior: 'wait' });
  await expect(page.getByText(CONFIRMED)).toBeVisible();
  await expect(page.getByRole('link', { name: 'Basket, 1 item', exact: true })).toBeVisible();
  expect(await orders()).toMatchObject([{ total: 20 }]);
});
