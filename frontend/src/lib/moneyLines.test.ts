import { describe, expect, it } from 'vitest';
import { type Bill, includedTax, moneyLines } from './moneyLines';

const GOODS: Bill = { currency: 'EUR', subtotal: 20, discount: 0, shipping: 0, tax: 0, taxIncluded: true, total: 20 };

/** What the lines say, to compare with the total. */
const sum = (bill: Bill) => moneyLines(bill).reduce((cents, { amount }) => cents + Math.round(amount * 100), 0) / 100;

it('goods alone need no lines', () => {
  expect(moneyLines(GOODS)).toEqual([]);
  expect(moneyLines({ ...GOODS, tax: 3.19 })).toEqual([]);
  expect(includedTax(GOODS)).toBeUndefined();
});

describe('the lines lead to the total', () => {
  it('with a discount, shipping and included tax', () => {
    const bill = { ...GOODS, discount: 2, discountCode: 'SPRING', shipping: 4.9, shippingMethod: 'Express', tax: 3.66, total: 22.9 };
    expect(moneyLines(bill)).toEqual([
      { label: 'Subtotal', amount: 20 },
      { label: 'Discount (SPRING)', amount: -2 },
      { label: 'Shipping (Express)', amount: 4.9 },
    ]);
    expect(sum(bill)).toBe(bill.total);
    expect(includedTax(bill)).toBe(3.66);
  });

  it('with tax on top', () => {
    const bill = { ...GOODS, discount: 2, shipping: 4.9, tax: 4.35, taxIncluded: false, total: 27.25 };
    expect(moneyLines(bill).map(({ label }) => label)).toEqual(['Subtotal', 'Discount', 'Shipping', 'Plus tax']);
    expect(sum(bill)).toBe(bill.total);
    expect(includedTax(bill)).toBeUndefined();
  });

  it('with shipping that is free', () => {
    expect(moneyLines({ ...GOODS, shippingMethod: 'Standard' })).toEqual([
      { label: 'Subtotal', amount: 20 },
      { label: 'Shipping (Standard)', amount: 0 },
    ]);
  });
});
