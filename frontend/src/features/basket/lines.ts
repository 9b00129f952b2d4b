import { useQueries } from '@tanstack/react-query';
import { type Problem, toProblem } from '@/lib/api/problem';
import { productQuery } from '@/lib/api/products';
import type { Product } from '@/lib/api/types';
import { sumLines } from '@/lib/money';
import { type BasketItem, useBasket } from './basket';

/** A basket item with its current product. */
export type BasketLine =
  | { state: 'known'; item: BasketItem; product: Product; priceChanged: boolean; insufficient: boolean }
  | { state: 'loading'; item: BasketItem }
  | { state: 'unavailable'; item: BasketItem }
  | { state: 'failed'; item: BasketItem; problem: Problem };

export function toBasketLine(item: BasketItem, product: Product | undefined, error: unknown): BasketLine {
  if (product) {
    const priceChanged = product.price !== item.price;
    return { state: 'known', item, product, priceChanged, insufficient: product.stock < item.quantity };
  }
  if (!error) return { state: 'loading', item };
  const problem = toProblem(error);
  return problem.status === 404 ? { state: 'unavailable', item } : { state: 'failed', item, problem };
}

/** Undefined until every line is loaded. */
export function totalOfLines(lines: readonly BasketLine[]): number | undefined {
  const known = lines.filter((line) => line.state === 'known');
  if (known.length !== lines.length) return undefined;
  return sumLines(known.map(({ product, item }) => ({ price: product.price, quantity: item.quantity })));
}

/** Whether all items are available, as far as this page knows. */
export function canCheckOut(lines: readonly BasketLine[]): boolean {
  return lines.length > 0 && lines.every((line) => line.state === 'known' && !line.insufficient);
}

/** The products are refetched when the lines are shown. */
export function useBasketLines(): { lines: BasketLine[]; refetch: () => Promise<void> } {
  const items = useBasket();
  const found = useQueries({
    queries: items.map((line) => ({ ...productQuery(line.productId), refetchOnMount: 'always' as const })),
  });
  const lines = items.map((line, index) => {
    const { data, error } = found[index] ?? {};
    // A product that has been deleted since it was loaded: ignore the cached one.
    return toBasketLine(line, toProblem(error).status === 404 ? undefined : data, error);
  });
  const refetch = async () => {
    await Promise.all(found.map((one) => one.refetch()));
  };
  return { lines, refetch };
}
