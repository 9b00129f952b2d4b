import type { QueryClient } from '@tanstack/react-query';
import { basket, containsAll, removeBought } from '@/features/basket/basket';
import type { OpenPurchase, PurchaseResult } from '@/features/checkout/purchase';
import { track } from '@/lib/track';

/**
 * What was bought leaves the basket, and what was put in meanwhile stays. An order that was paid
 * later only takes its lines along where the basket still holds all of them.
 */
export function removeFromBasket({ orderId }: PurchaseResult, purchase: OpenPurchase): void {
  track('checkout.complete', { orderId });
  if (purchase.orderId === undefined || containsAll(basket.get(), purchase.lines)) removeBought(purchase.lines);
}

/** Whatever shows orders and stock asks again. */
export function refreshOrdersAndStock(queries: QueryClient): void {
  void queries.invalidateQueries({ queryKey: ['mine'] });
  void queries.invalidateQueries({ queryKey: ['products'] });
}
