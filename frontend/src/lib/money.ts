/** The currency of a new shop, and of orders that were placed before the API named one. */
export const DEFAULT_CURRENCY = 'EUR';

const formats = new Map<string, Intl.NumberFormat>();

/** `1099.9` as `€1,099.90`. `currency` is a code of ISO 4217. */
export function formatMoney(amount: number, currency: string = DEFAULT_CURRENCY): string {
  let format = formats.get(currency);
  if (!format) {
    format = new Intl.NumberFormat('en-IE', { style: 'currency', currency });
    formats.set(currency, format);
  }
  return format.format(amount);
}

export function lineTotal(price: number, quantity: number): number {
  return sumLines([{ price, quantity }]);
}

/** Sums in cents, as the API does, to avoid float errors. */
export function sumLines(lines: readonly { price: number; quantity: number }[]): number {
  return lines.reduce((cents, line) => cents + Math.round(line.price * 100) * line.quantity, 0) / 100;
}
