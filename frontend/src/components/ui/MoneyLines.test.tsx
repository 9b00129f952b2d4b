import { renderToStaticMarkup } from 'react-dom/server';
import { expect, it } from 'vitest';
import type { Bill } from '@/lib/moneyLines';
import { MoneyLines } from './MoneyLines';

const BILL: Bill = { currency: 'USD', subtotal: 20, discount: 2, shipping: 0, shippingMethod: 'Standard', tax: 2.87, taxIncluded: true, total: 18 };
const text = (bill: Bill) => renderToStaticMarkup(<MoneyLines bill={bill} />).replace(/<[^>]*>/g, '|').replace(/[|\s]+/g, ' ').trim();

it('shows all lines in the currency of the order', () => {
  expect(text(BILL)).toBe('Subtotal US$20.00 Discount -US$2.00 Shipping (Standard) Free Total US$18.00 Includes US$2.87 tax');
  expect(text({ ...BILL, currency: 'EUR', discount: 0, shippingMethod: null, tax: 0, total: 20 })).toBe('Total €20.00');
});

it('announces a total that changes', () => {
  expect(renderToStaticMarkup(<MoneyLines bill={BILL} live />)).toContain('role="status"');
  expect(renderToStaticMarkup(<MoneyLines bill={BILL} />)).not.toContain('role="status"');
});
