import { expect, it } from 'vitest';
import { loginPath, signupPath } from './guards';

it('the pages to log in and to sign up know the way back', () => {
  const place = { pathname: '/orders/7', search: '?key=a&b' };
  expect(loginPath(place)).toBe('/login?next=%2Forders%2F7%3Fkey%3Da%26b');
  expect(signupPath({ pathname: '/checkout', search: '' })).toBe('/signup?next=%2Fcheckout');
});
