import { expect, it } from 'vitest';
import { isImageUrl } from './imageUrl';

it.each([
  ['/images/cup.svg', true],
  ['https://example.org/cup.png', true],
  ['http://example.org/cup.png', true],
  ['https://', false],
  ['//example.org/cup.png', false],
  ['/\\example.org', false],
  ['javascript:alert(1)', false],
  ['data:image/svg+xml,<svg/>', false],
  ['cup.png', false],
  ['', false],
])('%s: %s', (address, may) => expect(isImageUrl(address)).toBe(may));
