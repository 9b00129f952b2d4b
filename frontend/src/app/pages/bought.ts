import type { QueryClient } from '@tanstack/react-query';
import { basket, covers, takeOut } from '@/features/basket/basket';
import type { Bought, OpenPurchase } from '@/features/checkout/buy';
import { track } from '@/lib/track';

/**
 * What was bought leaves the basket, and what was put in meanwhile stays. An order that was paid
 * later only takes its lines along where the basket still holds all of them.
 */
export function onDone({ orderId }: Bought, purchase: OpenPurchase): void {
  track('checkout.complete', { orderId });
  if (purchase.orderId === undefined || covers(basket.get(), purchase.lines)) takeOut(purchase.lines);
}

/** Whatever shows orders and stock asks again. */
export function askAnew(queries: QueryClient): void {
  void queries.invalidateQueries({ queryKey: ['mine'] });
  void queries.invalidateQueries({ queryKey: ['products'] });
}
