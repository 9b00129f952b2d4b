/** The currency of a new shop. */
export const DEFAULT_CURRENCY = 'EUR';

/** `1099.9` as `€1,099.90`. `currency` is a code of ISO 4217. */
export function formatMoney(amount: number, currency: string): string {
  return format(amount, currency, {});
}

/** `1099.9` as `€1.1K`: for the axis of a chart. */
export function formatShortMoney(amount: number, currency: string): string {
  return format(amount, currency, { notation: 'compact', minimumFractionDigits: 0, maximumFractionDigits: 1 });
}

const formats = new Map<string, Intl.NumberFormat>();

function format(amount: number, currency: string, options: Intl.NumberFormatOptions): string {
  const key = `${currency} ${options.notation}`;
  const found = formats.get(key) ?? new Intl.NumberFormat('en-IE', { style: 'currency', currency, ...options });
  formats.set(key, found);
  return found.format(amount);
}

export function lineTotal(price: number, quantity: number): number {
  return sumLines([{ price, quantity }]);
}

/** Sums in cents, as the API does, to avoid float errors. */
export function sumLines(lines: readonly { price: number; quantity: number }[]): number {
  return lines.reduce((cents, line) => cents + Math.round(line.price * 100) * line.quantity, 0) / 100;
}
