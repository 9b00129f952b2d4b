import type { Product } from '@/lib/api/types';
import { useObservable } from '@/lib/observable';
import { persistent } from '@/lib/persistent';

/** What the API takes in one order. */
export const MOST_LINES = 50;
export const MOST_OF_ONE = 100;

/**
 * What somebody wants. Name and price are as they were seen last: the name to speak of what is no
 * longer sold, the price to tell that it has changed. What counts is the catalogue's.
 */
export type Wanted = { productId: number; quantity: number; name: string; price: number };
export type Basket = readonly Wanted[];

type Seen = Pick<Product, 'id' | 'name' | 'price'>;

/** One line per product; undefined where the basket is full. */
export function add(basket: Basket, product: Seen, quantity: number): Basket | undefined {
  const there = basket.find((line) => line.productId === product.id);
  if (there) return setQuantity(basket, product.id, there.quantity + quantity);
  if (basket.length >= MOST_LINES) return undefined;
  const line = { productId: product.id, quantity: within(quantity), name: product.name, price: product.price };
  return [...basket, line];
}

export function setQuantity(basket: Basket, productId: number, quantity: number): Basket {
  if (quantity < 1) return remove(basket, productId);
  return basket.map((line) => (line.productId === productId ? { ...line, quantity: within(quantity) } : line));
}

export function remove(basket: Basket, productId: number): Basket {
  return basket.filter((line) => line.productId !== productId);
}

type Piece = Pick<Wanted, 'productId' | 'quantity'>;

/** What is left when these have been bought: what was put in meanwhile stays. */
export function without(basket: Basket, bought: readonly Piece[]): Basket {
  return bought.reduce<Basket>((left, { productId, quantity }) => {
    const there = left.find((line) => line.productId === productId)?.quantity ?? 0;
    return setQuantity(left, productId, there - quantity);
  }, basket);
}

/** Whether all of these are in it. */
export function covers(basket: Basket, pieces: readonly Piece[]): boolean {
  return pieces.every(({ productId, quantity }) => basket.some((line) => line.productId === productId && line.quantity >= quantity));
}

/** The customer has seen these prices, and goes on. */
export function accept(basket: Basket, products: readonly Seen[]): Basket {
  return basket.map((line) => {
    const product = products.find(({ id }) => id === line.productId);
    return product ? { ...line, name: product.name, price: product.price } : line;
  });
}

export function pieces(basket: Basket): number {
  return basket.reduce((sum, line) => sum + line.quantity, 0);
}

/** Judges what is stored: by an older version of the shop, or by hand. */
export function basketOf(found: unknown): Basket | undefined {
  if (!Array.isArray(found)) return undefined;
  const lines = found.filter(isWanted).map((line) => ({ ...line, quantity: within(line.quantity) }));
  const once = lines.filter((line, place) => lines.findIndex(({ productId }) => productId === line.productId) === place);
  return once.slice(0, MOST_LINES);
}

function isWanted(value: unknown): value is Wanted {
  if (typeof value !== 'object' || value === null) return false;
  const { productId, quantity, name, price } = value as Partial<Record<keyof Wanted, unknown>>;
  const whole = Number.isInteger(productId) && Number.isInteger(quantity) && (productId as number) > 0;
  return whole && typeof name === 'string' && typeof price === 'number';
}

function within(quantity: number): number {
  return Math.min(MOST_OF_ONE, Math.max(1, quantity));
}

const NOTHING: Basket = [];

/** This browser's basket: over reloads, in all tabs, logged in or not. */
export const basket = persistent<Basket>('shop.basket', basketOf, NOTHING);

/** These have been bought. */
export function takeOut(bought: readonly Piece[]): void {
  basket.update((now) => {
    const left = without(now, bought);
    return left.length === 0 ? NOTHING : left;
  });
}

export function useBasket(): Basket {
  return useObservable(basket);
}

export function empty(): void {
  basket.set(NOTHING);
}
