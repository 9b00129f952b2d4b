import { expect, it } from 'vitest';
import type { Dashboard } from '@/lib/api/types';
import { orderAmounts, revenueLines } from './amounts';

const sales = { grossRevenue: 120, refunds: 20, revenue: 100 };

it('the amounts are those of the API, or 0', () => {
  expect(orderAmounts({ ...sales, discounts: 5, shipping: 9.8, tax: 19.16 } as Dashboard)).toEqual({ discounts: 5, shipping: 9.8, tax: 19.16 });
  expect(orderAmounts({ ...sales, tax: 19.16 } as Dashboard)).toEqual({ discounts: 0, shipping: 0, tax: 19.16 });
});

it('lead from gross to net', () => {
  expect(revenueLines({ ...sales, discounts: 5, shipping: 9.8, tax: 19.16 } as Dashboard)).toEqual([
    ['Gross revenue', 120],
    ['Shipping, part of it', 9.8],
    ['Tax, part of it', 19.16],
    ['Discounts, not part of it', 5],
    ['Refunds', -20],
    ['Net revenue', 100],
  ]);
});
