import type { Amounts } from './api/types';

/** The money of an order or a quote, and the words that belong to it. */
export type Bill = Omit<Amounts, 'shippingTax'> & {
  /** ISO 4217. */
  currency: string;
  discountCode?: string | null | undefined;
  /** The name of the shipping method. */
  shippingMethod?: string | null | undefined;
};

/** The money of an order, without the rest of it. */
export function orderBill({ currency, subtotal, discount, shipping, tax, taxIncluded, total, discountCode, shippingMethod }: Bill): Bill {
  return { currency, subtotal, discount, shipping, tax, taxIncluded, total, discountCode, shippingMethod };
}

export type MoneyLine = { label: string; amount: number };

/**
 * What leads from the goods to the total: nothing if the total is just the goods, as for orders before there were
 * taxes, shipping methods and discounts. A tax that prices include is not among them: see `includedTax`.
 */
export function moneyLines({ subtotal, discount, shipping, tax, taxIncluded, discountCode, shippingMethod }: Bill): MoneyLine[] {
  const lines: MoneyLine[] = [];
  if (discount > 0) lines.push({ label: discountCode ? `Discount (${discountCode})` : 'Discount', amount: -discount });
  if (shipping > 0 || shippingMethod) lines.push({ label: shippingMethod ? `Shipping (${shippingMethod})` : 'Shipping', amount: shipping });
  if (tax > 0 && !taxIncluded) lines.push({ label: 'Plus tax', amount: tax });
  return lines.length === 0 ? [] : [{ label: 'Subtotal', amount: subtotal }, ...lines];
}

/** The tax that is part of the total, if there is any. */
export function includedTax({ tax, taxIncluded }: Bill): number | undefined {
  return taxIncluded && tax > 0 ? tax : undefined;
}
