import type { DailySales, Dashboard } from '@/lib/api/types';

/** What confirmed orders saved by discounts, and paid for shipping and as tax. */
export type OrderAmounts = { discounts: number; shipping: number; tax: number };

/** The amounts of a period or a day; 0 where an API that is being updated does not say one. */
export function orderAmounts(of: Dashboard | DailySales): OrderAmounts {
  const { discounts = 0, shipping = 0, tax = 0 } = of as Partial<OrderAmounts>;
  return { discounts, shipping, tax };
}

/** From gross to net revenue, with what they contain. */
export function revenueLines(dashboard: Dashboard): readonly (readonly [label: string, amount: number])[] {
  const { discounts, shipping, tax } = orderAmounts(dashboard);
  return [
    ['Gross revenue', dashboard.grossRevenue],
    ['Shipping, part of it', shipping],
    ['Tax, part of it', tax],
    ['Discounts, not part of it', discounts],
    ['Refunds', -dashboard.refunds],
    ['Net revenue', dashboard.revenue],
  ];
}
