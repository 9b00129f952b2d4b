import type { Product } from '@/lib/api/types';
import { useObservable } from '@/lib/observable';
import { persistent } from '@/lib/persistent';

/** The API's limits for one order. */
export const MAX_LINES = 50;
export const MAX_QUANTITY = 100;

/**
 * Name and price are those that the customer saw last: the name for products that are no longer sold, the
 * price to report changes. The catalog's current data counts.
 */
export type BasketItem = { productId: number; quantity: number; name: string; price: number };
export type Basket = readonly BasketItem[];

type PricedProduct = Pick<Product, 'id' | 'name' | 'price'>;

/** One line per product. Undefined if the basket is full. */
export function addItem(basket: Basket, product: PricedProduct, quantity: number): Basket | undefined {
  const existing = basket.find((line) => line.productId === product.id);
  if (existing) return setQuantity(basket, product.id, existing.quantity + quantity);
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

/** The basket without what was bought. Items added during the purchase stay. */
export function withoutBought(basket: Basket, bought: readonly ItemQuantity[]): Basket {
  return bought.reduce<Basket>((left, { productId, quantity }) => {
    const current = left.find((line) => line.productId === productId)?.quantity ?? 0;
    return setQuantity(left, productId, current - quantity);
  }, basket);
}

export function containsAll(basket: Basket, items: readonly ItemQuantity[]): boolean {
  return items.every(({ productId, quantity }) => basket.some((line) => line.productId === productId && line.quantity >= quantity));
}

/** The customer has seen the current prices and continues. */
export function acceptPrices(basket: Basket, products: readonly PricedProduct[]): Basket {
  return basket.map((line) => {
    const product = products.find(({ id }) => id === line.productId);
    return product ? { ...line, name: product.name, price: product.price } : line;
  });
}

export function countItems(basket: Basket): number {
  return basket.reduce((sum, line) => sum + line.quantity, 0);
}

/** The stored basket may come from an older version of the shop, or have been edited. */
export function parseBasket(found: unknown): Basket | undefined {
  if (!Array.isArray(found)) return undefined;
  const lines = found.filter(isBasketItem).map((line) => ({ ...line, quantity: clampQuantity(line.quantity) }));
  const unique = lines.filter((line, index) => lines.findIndex(({ productId }) => productId === line.productId) === index);
  return unique.slice(0, MAX_LINES);
}

function isBasketItem(value: unknown): value is BasketItem {
  if (typeof value !== 'object' || value === null) return false;
  const { productId, quantity, name, price } = value as Partial<Record<keyof BasketItem, unknown>>;
  const validIds = Number.isInteger(productId) && Number.isInteger(quantity) && (productId as number) > 0;
  return validIds && typeof name === 'string' && typeof price === 'number';
}

function clampQuantity(quantity: number): number {
  return Math.min(MAX_QUANTITY, Math.max(1, quantity));
}

const EMPTY_BASKET: Basket = [];

/** This browser's basket: survives reloads, is shared by all tabs, and exists without a login. */
export const basket = persistent<Basket>('shop.basket', parseBasket, EMPTY_BASKET);

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
