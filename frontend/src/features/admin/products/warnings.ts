import type { ProductData } from '@/lib/api/types';
import { formatMoney } from '@/lib/money';
import { formatCount } from '@/lib/text';

/** A price that is so many times the old one, or that part of it, has seldom its point where it belongs. */
const PRICE_CHANGE_FACTOR = 10;
/** More pieces than a new product usually has. */
const MAX_USUAL_STOCK = 10_000;

/**
 * What is asked about before a product is saved: what the shop takes, but is more often a slip of the
 * hand than meant. `before` is the price that customers see now.
 */
export function productWarnings({ price, stock }: ProductData, before: number | undefined): string[] {
  const found: string[] = [];
  if (price === 0 && before !== 0) found.push('The price is €0.00: customers get it for free.');
  else if (before !== undefined && before > 0 && (price >= before * PRICE_CHANGE_FACTOR || price * PRICE_CHANGE_FACTOR <= before)) {
    found.push(`The price changes from ${formatMoney(before)} to ${formatMoney(price)}.`);
  }
  if (stock !== undefined && stock !== null && stock > MAX_USUAL_STOCK) found.push(`The initial stock is ${formatCount(stock, 'unit')}.`);
  return found;
}
