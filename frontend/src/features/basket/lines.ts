import { useQueries } from '@tanstack/react-query';
import { productQuery } from '@/lib/api/products';
import { toProblem, type Problem } from '@/lib/api/problem';
import type { Product } from '@/lib/api/types';
import { sumLines } from '@/lib/money';
import { useBasket, type Wanted } from './basket';

/** A line beside what the catalogue says of it now. */
export type Line =
  | { state: 'known'; wanted: Wanted; product: Product; priceChanged: boolean; short: boolean }
  | { state: 'loading'; wanted: Wanted }
  | { state: 'gone'; wanted: Wanted }
  | { state: 'failed'; wanted: Wanted; problem: Problem };

export function lineOf(wanted: Wanted, product: Product | undefined, error: unknown): Line {
  if (product) {
    const priceChanged = product.price !== wanted.price;
    return { state: 'known', wanted, product, priceChanged, short: product.stock < wanted.quantity };
  }
  if (!error) return { state: 'loading', wanted };
  const problem = toProblem(error);
  return problem.status === 404 ? { state: 'gone', wanted } : { state: 'failed', wanted, problem };
}

/** The sum, once every line is known. */
export function totalOf(lines: readonly Line[]): number | undefined {
  const known = lines.filter((line) => line.state === 'known');
  if (known.length !== lines.length) return undefined;
  return sumLines(known.map(({ product, wanted }) => ({ price: product.price, quantity: wanted.quantity })));
}

/** Whether the catalogue, as far as this page knows, would take all of it. */
export function canBeOrdered(lines: readonly Line[]): boolean {
  return lines.length > 0 && lines.every((line) => line.state === 'known' && !line.short);
}

/** The basket's lines with what the catalogue says of them, asked for anew when shown. */
export function useLines(): { lines: Line[]; refetch: () => Promise<void> } {
  const wanted = useBasket();
  const found = useQueries({
    queries: wanted.map((line) => ({ ...productQuery(line.productId), refetchOnMount: 'always' as const })),
  });
  const lines = wanted.map((line, place) => {
    const { data, error } = found[place] ?? {};
    // What was removed from the catalogue since it was read last is gone, whatever we remember of it.
    return lineOf(line, toProblem(error).status === 404 ? undefined : data, error);
  });
  const refetch = async () => {
    await Promise.all(found.map((one) => one.refetch()));
  };
  return { lines, refetch };
}
