/**
 * Each route with the file of its page. Tested by lint/pages.test.ts, read by budget.mjs and boot.mjs.
 *
 * `data`: what a visitor without a session sees first, requested before the page's script runs, exactly as
 * the page requests it. `:id` is that of the path. e2e/first-load.spec.ts counts that each is requested once.
 *
 * @typedef {{ path: string, file: string, data?: readonly string[] }} Page
 */

const [BROWSE, BUY, OWN] = ['browse', 'buy', 'own'].map((name) => `src/app/pages/${name}.ts`);
export const ADMIN = 'src/features/admin/routes.tsx';

/** @type {readonly Page[]} */
export const PAGES = [
  { path: '/', file: BROWSE ?? '', data: ['/api/products/categories', '/api/products?limit=100'] },
  { path: '/products', file: BROWSE ?? '', data: ['/api/products?limit=24', '/api/products/categories'] },
  { path: '/products/:id', file: BROWSE ?? '', data: ['/api/products/:id'] },
  { path: '/basket', file: BUY ?? '' },
  { path: '/login', file: OWN ?? '' },
  { path: '/signup', file: OWN ?? '' },
  { path: '/verify', file: OWN ?? '' },
  { path: '/checkout', file: BUY ?? '' },
  { path: '/orders', file: BUY ?? '' },
  { path: '/orders/:id', file: BUY ?? '' },
  { path: '/notifications', file: OWN ?? '' },
  { path: '/account', file: OWN ?? '' },
  { path: '/account/addresses', file: OWN ?? '' },
  { path: '/admin/*', file: ADMIN },
];
