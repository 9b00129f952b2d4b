import { queryOptions } from '@tanstack/react-query';
import { api, unwrap } from '@/lib/api/client';
import type { Address, Quote, QuoteProblem } from '@/lib/api/types';
import type { Bill } from '@/lib/moneyLines';
import type { CheckoutLine } from './CheckoutLines';
import type { ItemQuantity } from './purchase';

/** What a price depends on. */
export type QuoteInput = {
  items: readonly ItemQuantity[];
  /** Undefined until it is complete: then nothing is shipped, and the tax is that of the shop's country. */
  address: Address | undefined;
  /** Undefined for the cheapest one to the address. */
  methodId: number | undefined;
  code: string | undefined;
};

/** The price of a basket. Not cached for long: it is asked for again whenever the page is looked at. */
export function quoteQuery(userId: number, { items, address, methodId, code }: QuoteInput) {
  const body = {
    items: items.map(({ productId, quantity }) => ({ productId, quantity })),
    ...(address && { shippingAddress: address }),
    ...(methodId !== undefined && { shippingMethodId: methodId }),
    ...(code !== undefined && { discountCode: code }),
  };
  return queryOptions({
    queryKey: ['mine', userId, 'quote', body],
    queryFn: ({ signal }): Promise<Quote> => unwrap(api.POST('/api/orders/quote', { body, signal })),
  });
}

export function problemAt(quote: Quote | undefined, field: string): QuoteProblem | undefined {
  return quote?.problems.find((problem) => problem.field === field);
}

/** The quote's money, with the words for its lines. */
export function quoteBill(quote: Quote): Bill {
  const method = quote.shippingMethods.find(({ id }) => id === quote.shippingMethodId);
  return { ...quote, shippingMethod: method?.name, discountCode: null };
}

/** The lines at the quote's prices and stock, which are newer than what the page has loaded. */
export function quotedLines(lines: readonly CheckoutLine[], quote: Quote | undefined): CheckoutLine[] {
  return lines.map((line) => {
    const price = quote?.items.find(({ productId }) => productId === line.productId)?.price ?? line.price;
    const short = quote?.problems.find(({ productId, available }) => productId === line.productId && typeof available === 'number');
    return { ...line, price, stock: short?.available ?? line.stock };
  });
}

/** The products of a quote that the shop no longer has. */
export function unknownProducts(quote: Quote | undefined): number[] {
  const unknown = quote?.problems.filter(({ code }) => code === 'unknown_product') ?? [];
  return unknown.flatMap(({ productId }) => (typeof productId === 'number' ? [productId] : []));
}
