import { queryOptions } from '@tanstack/react-query';
import { api, unwrap } from './api/client';
import { DEFAULT_CURRENCY, formatMoney } from './money';
import { useObservable } from './observable';
import { persistent } from './persistent';

const FRESH_MS = 300_000;

/** The currency of prices that have none of their own: what the API said last, also on an earlier visit. */
export const shopCurrency = persistent('shop-currency', parseCurrency, DEFAULT_CURRENCY);

function parseCurrency(found: unknown): string | undefined {
  return typeof found === 'string' && /^[A-Z]{3}$/.test(found) ? found : undefined;
}

/** The shell loads it once for all pages. */
export const shopQuery = queryOptions({
  queryKey: ['shop'],
  queryFn: async ({ signal }) => {
    const shop = await unwrap(api.GET('/api/orders/shop', { signal }));
    shopCurrency.set(shop.currency);
    return shop;
  },
  staleTime: FRESH_MS,
});

export function useShopCurrency(): string {
  return useObservable(shopCurrency);
}

/** Formats prices of products. An order has its own currency: see `formatMoney`. */
export function useFormatPrice(): (amount: number) => string {
  const currency = useShopCurrency();
  return (amount) => formatMoney(amount, currency);
}
