import { describe, expect, it } from 'vitest';
import type { Quote } from '@/lib/api/types';
import type { CheckoutLine } from './CheckoutLines';
import { quoteBill, quotedLines, quoteQuery, unknownProducts } from './quote';

const NO_EXTRAS = { discount: 0, shipping: 0, shippingTax: 0, tax: 0 };
const QUOTE: Quote = {
  currency: 'EUR',
  items: [{ productId: 1, name: 'Mug', quantity: 2, price: 11, discount: 0, tax: 0, total: 22 }],
  ...NO_EXTRAS,
  subtotal: 22,
  taxIncluded: true,
  total: 22,
  shippingMethods: [{ id: 3, name: 'Standard', price: 0, minDays: 2, maxDays: 5 }],
  shippingMethodId: 3,
  problems: [],
};
const line = (productId: number): CheckoutLine => ({ productId, name: 'Mug', image: null, quantity: 2, price: 10, seenPrice: 10, stock: 5 });
const address = { name: 'Ada', line1: 'Street 1', city: 'Berlin', postalCode: '10115', country: 'DE' };

describe('a quote is asked for', () => {
  it('with what the form has, and nothing else', () => {
    const { queryKey } = quoteQuery(7, { items: [line(1)], address: undefined, methodId: undefined, code: undefined });
    expect(queryKey).toEqual(['mine', 7, 'quote', { items: [{ productId: 1, quantity: 2 }] }]);
  });

  it('with all of it', () => {
    const { queryKey } = quoteQuery(7, { items: [line(1)], address, methodId: 3, code: 'SPRING' });
    expect(queryKey[3]).toEqual({ items: [{ productId: 1, quantity: 2 }], shippingAddress: address, shippingMethodId: 3, discountCode: 'SPRING' });
  });
});

it('the bill names the chosen method', () => {
  expect(quoteBill(QUOTE)).toMatchObject({ total: 22, shippingMethod: 'Standard' });
  expect(quoteBill({ ...QUOTE, shippingMethodId: null }).shippingMethod).toBeUndefined();
});

describe('lines have the quote’s', () => {
  it('price, also if the page has loaded another', () => {
    expect(quotedLines([line(1), line(2)], QUOTE).map(({ price, seenPrice }) => [price, seenPrice])).toEqual([
      [11, 10],
      [10, 10],
    ]);
    expect(quotedLines([line(1)], undefined)).toEqual([line(1)]);
  });

  it('stock, if it is short', () => {
    const problems = [
      { field: 'items[0]', code: 'insufficient_stock', detail: 'Only 1 left.', productId: 1, available: 1 },
      { field: 'items[1]', code: 'unknown_product', detail: 'Unknown.', productId: 2 },
    ];
    expect(quotedLines([line(1), line(2)], { ...QUOTE, problems }).map(({ stock }) => stock)).toEqual([1, 5]);
    expect(unknownProducts({ ...QUOTE, problems })).toEqual([2]);
    expect(unknownProducts(undefined)).toEqual([]);
  });
});
