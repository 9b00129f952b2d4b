/** The shop has one currency, which the API does not name. */
const CURRENCY = 'EUR';

const format = new Intl.NumberFormat('en-IE', { style: 'currency', currency: CURRENCY });

/** `1099.9` as `€1,099.90`. */
export function formatMoney(amount: number): string {
  return format.format(amount);
}

export function lineTotal(price: number, quantity: number): number {
  return sumLines([{ price, quantity }]);
}

/** Sums in cents, as the API does, to avoid float errors. */
export function sumLines(lines: readonly { price: number; quantity: number }[]): number {
  return lines.reduce((cents, line) => cents + Math.round(line.price * 100) * line.quantity, 0) / 100;
}
