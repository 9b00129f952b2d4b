import { ADDRESS } from './support/checkout';
import { checkPage, WIDTHS } from './support/pageChecks';
import type { Shop, TestUser } from './support/shop';
import { expect, fillBasket, test } from './support/test';

const VARIANTS = [...WIDTHS.map((width) => ({ width, colorScheme: 'light' as const })), { width: 1440, colorScheme: 'dark' as const }];

for (const { width, colorScheme } of VARIANTS) {
  test.describe(`${width} pixels, ${colorScheme}`, () => {
    test.use({ viewport: { width, height: 900 }, colorScheme, contextOptions: { reducedMotion: 'reduce' } });

    test('public pages', async ({ page, shop }) => {
      test.slow();
      const product = await shop.newProduct({ image: '/images/cast-iron-teapot.svg', description: 'Holds its heat through a second cup.' });
      const guest = await shop.newCustomer('Lena Long-Winded Reviewer');
      await shop.as(guest).call('POST', '/api/reviews', { productId: product.id, rating: 4, comment: 'Really pleased. '.repeat(12) });
      await checkPage(page, 'home', '/', 'Top rated');
      await checkPage(page, 'catalog', '/products', '24 products shown');
      await checkPage(page, 'search', '/products?q=tea&inStock=true&maxPrice=90&sort=price', 'products');
      await checkPage(page, 'nothing-found', '/products?q=zeppelin-hangar', 'No results');
      await checkPage(page, 'product', `/products/${product.id}`, 'Really pleased.');
      await checkPage(page, 'product-unknown', '/products/2000000000', 'Product not found');
      await checkPage(page, 'login', '/login', 'Welcome back');
      await checkPage(page, 'signup', '/signup', 'Create an account');
      await checkPage(page, 'basket-empty', '/basket', 'Your basket is empty');
      await checkPage(page, 'verify-invalid', '/verify', 'This link is not valid');
      await fillBasket(page, [product]);
      await checkPage(page, 'checkout-visitor', '/checkout', 'Continue as guest');
      await checkPage(page, 'not-found', '/no/such/page', 'Page not found');
    });

    test('customer pages', async ({ page, shop, logIn }) => {
      test.slow();
      const customer = await shop.newCustomer('Mira Okonjo');
      const product = await shop.newProduct({ image: '/images/stoneware-mug.svg', stock: 4 });
      await logIn(page, customer);
      await checkPage(page, 'orders-empty', '/orders', 'No orders yet');
      await checkPage(page, 'notifications-empty', '/notifications', 'No notifications yet');
      await fillBasket(page, [{ ...product, price: 9, quantity: 3 }]);
      await checkPage(page, 'basket', '/basket', 'Go to checkout');
      await checkPage(page, 'addresses-empty', '/account/addresses', 'No saved addresses');
      await checkPage(page, 'checkout-new-address', '/checkout', 'How would you like to pay?');
      await shop.as(customer).call('POST', '/api/users/me/addresses', ADDRESS);
      await checkPage(page, 'checkout', '/checkout', 'Another address');
      const { shipped, unpaid } = await createHistory(shop, customer, product.id);
      await checkPage(page, 'basket-unpaid', '/basket', 'You have an unpaid order');
      await checkPage(page, 'checkout-unpaid', '/checkout', 'Place a separate order');
      await checkPage(page, 'orders', '/orders', `Order ${shipped}`);
      await checkPage(page, 'order', `/orders/${shipped}`, 'On its way');
      await checkPage(page, 'order-unpaid', `/orders/${unpaid}`, 'How would you like to pay?');
      await checkPage(page, 'notifications', '/notifications', `Your order ${shipped} is on its way`);
      await checkPage(page, 'account', '/account', 'Mira Okonjo');
      await checkPage(page, 'admin-no-access', '/admin', 'You don’t have access to this page');
    });
  });
}

async function createHistory(shop: Shop, customer: TestUser, productId: number) {
  const mine = shop.as(customer);
  const items = [{ productId, quantity: 1 }];
  const { id: shipped } = await mine.call<{ id: number }>('POST', '/api/orders', { items, shippingAddress: ADDRESS, email: customer.user.email });
  await shop.as(await shop.admin()).call('PUT', `/api/orders/${shipped}`, { status: 'shipped' });
  const unpaid = await mine.declinedOrder(items);
  const path = `/api/notifications/user/${customer.user.id}`;
  await expect.poll(async () => (await mine.call<unknown[]>('GET', path)).length).toBe(3);
  return { shipped, unpaid };
}
