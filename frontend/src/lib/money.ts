/** The shop has one currency and the API does not name it; this is the one place that does. */
const CURRENCY = 'EUR';

const format = new Intl.NumberFormat('en-IE', { style: 'currency', currency: CURRENCY });

/** `1099.9` as `€1,099.90`. */
export function formatMoney(amount: number): string {
  return format.format(amount);
}

/** What so many of one cost. */
export function lineTotal(price: number, quantity: number): number {
  return sumLines([{ price, quantity }]);
}

/** Sums in cents, as the shop does, so that no float noise is shown or sent. */
export function sumLines(lines: readonly { price: number; quantity: number }[]): number {
  return lines.reduce((cents, line) => cents + Math.round(line.price * 100) * line.quantity, 0) / 100;
}
