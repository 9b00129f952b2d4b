import type { ProductData } from '@/lib/api/types';
import { formatMoney } from '@/lib/money';
import { formatCount } from '@/lib/text';

/** A price that changes by this factor is probably a typing error. */
const PRICE_CHANGE_FACTOR = 10;
/** An initial stock above this is probably a typing error. */
const MAX_USUAL_STOCK = 10_000;

/**
 * Questions before a product is saved, about values that the API accepts but that are probably typing
 * errors. `before` is the current price, in the shop's `currency`.
 */
export function productWarnings({ price, stock }: ProductData, before: number | undefined, currency: string): string[] {
  const warnings: string[] = [];
  if (price === 0 && before !== 0) warnings.push(`The price is ${formatMoney(0, currency)}: customers get it for free.`);
  else if (before !== undefined && before > 0 && (price >= before * PRICE_CHANGE_FACTOR || price * PRICE_CHANGE_FACTOR <= before)) {
    warnings.push(`The price changes from ${formatMoney(before, currency)} to ${formatMoney(price, currency)}.`);
  }
  if (stock !== undefined && stock !== null && stock > MAX_USUAL_STOCK) warnings.push(`The initial stock is ${formatCount(stock, 'unit')}.`);
  return warnings;
}
