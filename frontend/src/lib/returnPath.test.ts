import { expect, it } from 'vitest';
import { returnPath } from './returnPath';

const ORIGIN = 'https://shop.example';

it.each([
  '/',
  '/checkout',
  '/orders/12',
  '/products?q=tea&sort=price',
  '/products/7',
  '/admin',
  '/admin/orders?status=confirmed',
  '/admin/products/new',
  '/admin/stock/3',
])('goes back to %s', (path) => {
  expect(returnPath(path, ORIGIN)).toBe(path);
});

it.each([
  null,
  '',
  '//evil.example',
  '///evil.example',
  '/\\evil.example',
  '\\\\evil.example',
  '/\t/evil.example',
  '/\n/evil.example',
  '/\r\n/evil.example',
  '\t//evil.example',
  ' //evil.example',
  '/\u0000/evil.example',
  '/%2f%2fevil.example',
  '/%09/evil.example',
  '/%5cevil.example',
  '/products/..//evil.example',
  '/products/..%2f..%2f/evil.example',
  'https://evil.example/',
  'https:evil.example',
  'https://shop.example/checkout',
  '//shop.example@evil.example/',
  'javascript:alert(1)',
  'JaVaScRiPt:alert(1)',
  '/javascript:alert(1)',
  'data:text/html,<script>alert(1)</script>',
  'blob:https://shop.example/1',
  '?next=/',
  'checkout',
  '/login',
  '/login?next=/login',
  '/signup',
  '/no/such/page',
  '/orders/0',
  '/orders/12/refund',
  '/api/users/me',
  '/docs',
  `/products?q=${'a'.repeat(2_001)}`,
])('goes to the homepage instead of %j', (wish) => {
  expect(returnPath(wish, ORIGIN)).toBe('/');
});

it('drops the fragment', () => {
  expect(returnPath('/products/7#reviews', ORIGIN)).toBe('/products/7');
});
