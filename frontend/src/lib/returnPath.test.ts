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
  '/admin/returns?status=requested',
  '/account/addresses',
  '/orders/12?key=abc',
  '/products?q='.padEnd(2_000, 'a'),
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
  '/verify?token=abc',
  '/api/users/me',
  '/docs',
  '/products?q='.padEnd(2_001, 'a'),
  '/products?q=a\u0007b',
  '/products?q=a\u007fb',
])('goes to the homepage instead of %j', (wish) => {
  expect(returnPath(wish, ORIGIN)).toBe('/');
});

it('drops the fragment', () => {
  expect(returnPath('/products/7#reviews', ORIGIN)).toBe('/products/7');
});

it('encodes a space as the URL does', () => {
  expect(returnPath('/products?q=green tea', ORIGIN)).toBe('/products?q=green%20tea');
});
