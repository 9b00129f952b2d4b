import { expect, test } from './support/test';

test('the theme button cycles through the themes, and the choice persists', async ({ page, shop, logIn }) => {
  await page.emulateMedia({ colorScheme: 'light' });
  await logIn(page, await shop.newCustomer());
  await page.goto('/account');
  const html = page.locator('html');
  const theme = page.getByRole('banner').getByRole('button', { name: /^Theme:/ });
  const paper = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  await expect(theme).toHaveAccessibleName('Theme: system. Switch to light');
  const bright = await paper();
  await theme.click();
  await expect(html).toHaveAttribute('data-theme', 'light');
  await theme.click();
  await expect(theme).toHaveAccessibleName('Theme: dark. Switch to system');
  await expect(html).toHaveAttribute('data-theme', 'dark');
  await expect.poll(paper).not.toBe(bright);
  await expect(page.getByRole('radio', { name: 'Dark' })).toBeChecked();

  // public/theme.js, in the build a part of boot.js, applies the theme without the storefront's own code.
  const ownCode = /\/assets\/(?!boot-).*\.js$/;
  await page.goto('/theme.js');
  await page.route(ownCode, (route) => route.abort());
  await page.goto('/account');
  await expect(html).toHaveAttribute('data-theme', 'dark');
  await page.unroute(ownCode);
  await page.reload();
  await page.getByRole('radio', { name: 'System' }).check();
  await expect(html).not.toHaveAttribute('data-theme');
  await expect.poll(paper).toBe(bright);
});

test('a page whose file could not be loaded can be reloaded', async ({ page, context }) => {
  await page.goto('/products');
  await expect(page.getByRole('list', { name: 'Products', exact: true })).toBeVisible();
  await context.setOffline(true);
  await expect(page.getByRole('status').getByText('You are offline.')).toBeVisible();
  await page.getByRole('link', { name: /^Basket/ }).click();
  await expect(page.getByRole('heading', { name: 'This page could not be loaded' })).toBeVisible();
  await context.setOffline(false);
  await page.getByRole('button', { name: 'Reload page' }).click();
  await expect(page.getByText('Your basket is empty')).toBeVisible();
});

test('the header and footer link to the right pages', async ({ page, otherPage, shop, logIn }) => {
  await logIn(page, await shop.newCustomer());
  await page.goto('/account');
  const links = (name: string) => page.getByRole('navigation', { name, exact: true }).getByRole('link');
  const targets = (name: string) => links(name).evaluateAll((all) => all.map((link) => [link.textContent, link.getAttribute('href')]));
  await expect(page).toHaveTitle('Your account · Lambda shop');
  await expect.poll(() => targets('Shop')).toEqual([
    ['Shop', '/products'],
    ['Orders', '/orders'],
  ]);
  expect(await targets('Your account')).toEqual([
    ['Your orders', '/orders'],
    ['Addresses', '/account/addresses'],
    ['Notifications', '/notifications'],
  ]);
  expect((await targets('Footer')).slice(0, 2)).toEqual([
    ['All products', '/products'],
    ['API documentation', '/docs'],
  ]);
  await page.getByRole('link', { name: 'Lambda shop, home' }).click();
  await expect(page).toHaveTitle('Lambda shop');
  await expect(page.getByRole('link', { name: /^See all ?: Top rated$/ })).toHaveAttribute('href', '/products?inStock=true&sort=-rating');
  await page.getByRole('main').getByRole('link', { name: 'Top rated', exact: true }).first().click();
  await expect(page).toHaveURL('/products?sort=-rating');
  await expect(page.getByLabel('Sort')).toHaveValue('-rating');

  await logIn(otherPage, await shop.admin());
  await otherPage.goto('/account');
  await expect(otherPage.getByRole('navigation', { name: 'Shop', exact: true }).getByRole('link', { name: 'Admin' })).toHaveAttribute('href', '/admin');
});
