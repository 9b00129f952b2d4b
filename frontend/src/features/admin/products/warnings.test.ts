import { expect, it } from 'vitest';
import { productWarnings } from './warnings';

it.each([
  [0, undefined, 1],
  [0, 12, 1],
  [0, 0, 0],
  [12, 0, 0],
  [12, undefined, 0],
  [12, 10, 0],
  [99.99, 10, 0],
  [100, 10, 1],
  [1.01, 10, 0],
  [1, 10, 1],
])('a price of %d after %j: %i questions', (price, before, questions) => {
  expect(productWarnings({ name: 'Cup', price }, before, 'EUR')).toHaveLength(questions);
});

it('warns about an unusually large stock', () => {
  expect(productWarnings({ name: 'Cup', price: 0, stock: 100_000 }, undefined, 'USD')).toEqual([
    'The price is US$0.00: customers get it for free.',
    'The initial stock is 100,000 units.',
  ]);
  expect(productWarnings({ name: 'Cup', price: 1, stock: 10_000 }, undefined, 'USD')).toEqual([]);
});
