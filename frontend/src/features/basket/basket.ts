import type { Product } from '@/lib/api/types';
import { useObservable } from '@/lib/observable';
import { persistent } from '@/lib/persistent';

/** What the API takes in one order. */
export const MAX_LINES = 50;
export const MAX_QUANTITY = 100;

/**
 * What somebody wants. Name and price are as they were seen last: the name to speak of what is no
 * longer sold, the price to tell that it has changed. What counts is the catalogue's.
 */
export type BasketItem = { productId: number; quantity: number; name: string; price: number };
export type Basket = readonly BasketItem[];

type PricedProduct = Pick<Product, 'id' | 'name' | 'price'>;

/** One line per product; undefined where the basket is full. */
export function addItem(basket: Basket, product: PricedProduct, quantity: number): Basket | undefined {
  const there = basket.find((line) => line.productId === product.id);
  if (there) return setQuantity(basket, product.id, there.quantity + quantity);
  if (basket.length >= MAX_LINES) return undefined;
  const line = { productId: product.id, quantity: clampQuantity(quantity), name: product.name, price: product.price };
  return [...basket, line];
}

export function setQuantity(basket: Basket, productId: number, quantity: number): Basket {
  if (quantity < 1) return removeItem(basket, productId);
  return basket.map((line) => (line.productId === productId ? { ...line, quantity: clampQuantity(quantity) } : line));
}

export function removeItem(basket: Basket, productId: number): Basket {
  return basket.filter((line) => line.productId !== productId);
}

type ItemQuantity = Pick<BasketItem, 'productId' | 'quantity'>;

/** What is left when these have been bought: what was put in meanwhile stays. */
export function withoutBought(basket: Basket, bought: readonly ItemQuantity[]): Basket {
  return bought.reduce<Basket>((left, { productId, quantity }) => {
    const there = left.find((line) => line.productId === productId)?.quantity ?? 0;
    return setQuantity(left, productId, there - quantity);
  }, basket);
}

/** Whether all of these are in it. */
export function containsAll(basket: Basket, pieces: readonly ItemQuantity[]): boolean {
  return pieces.every(({ productId, quantity }) => basket.some((line) => line.productId === productId && line.quantity >= quantity));
}

/** The customer has seen these prices, and goes on. */
export function acceptPrices(basket: Basket, products: readonly PricedProduct[]): Basket {
  return basket.map((line) => {
    const product = products.find(({ id }) => id === line.productId);
    return product ? { ...line, name: product.name, price: product.price } : line;
  });
}

export function countItems(basket: Basket): number {
  return basket.reduce((sum, line) => sum + line.quantity, 0);
}

/** Judges what is stored: by an older version of the shop, or by hand. */
export function parseBasket(found: unknown): Basket | undefined {
  if (!Array.isArray(found)) return undefined;
  const lines = found.filter(isBasketItem).map((line) => ({ ...line, quantity: clampQuantity(line.quantity) }));
  const once = lines.filter((line, place) => lines.findIndex(({ productId }) => productId === line.productId) === place);
  return once.slice(0, MAX_LINES);
}

function isBasketItem(value: unknown): value is BasketItem {
  if (typeof value !== 'object' || value === null) return false;
  const { productId, quantity, name, price } = value as Partial<Record<keyof BasketItem, unknown>>;
  const whole = Number.isInteger(productId) && Number.isInteger(quantity) && (productId as number) > 0;
  return whole && typeof name === 'string' && typeof price === 'number';
}

function clampQuantity(quantity: number): number {
  return Math.min(MAX_QUANTITY, Math.max(1, quantity));
}

const EMPTY_BASKET: Basket = [];

/** This browser's basket: over reloads, in all tabs, logged in or not. */
export const basket = persistent<Basket>('shop.basket', parseBasket, EMPTY_BASKET);

/** These have been bought. */
export function removeBought(bought: readonly ItemQuantity[]): void {
  basket.update((now) => {
    const left = withoutBought(now, bought);
    return left.length === 0 ? EMPTY_BASKET : left;
  });
}

export function useBasket(): Basket {
  return useObservable(basket);
}

export function clearBasket(): void {
  basket.set(EMPTY_BASKET);
}
