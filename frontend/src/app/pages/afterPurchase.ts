import type { QueryClient } from '@tanstack/react-query';
import { basket, containsAll, removeBought } from '@/features/basket/basket';
import type { OpenPurchase, PurchaseResult } from '@/features/checkout/purchase';
import { track } from '@/lib/track';

/**
 * Removes what was bought from the basket. Paying an older order removes its items only if the basket
 * still contains all of them.
 */
export function removeFromBasket({ orderId }: PurchaseResult, purchase: OpenPurchase): void {
  track('checkout.complete', { orderId });
  if (purchase.orderId === undefined || containsAll(basket.get(), purchase.lines)) removeBought(purchase.lines);
}

export function refreshOrdersAndStock(queries: QueryClient): void {
  void queries.invalidateQueries({ queryKey: ['mine'] });
  void queries.invalidateQueries({ queryKey: ['products'] });
}
