import { fieldProblem } from '@/lib/validate';

/** Accepts `12`, `12.5`, `12,50` and `€ 1 200`. */
export function parseAmount(text: string, field: string): number {
  const plain = text.replace(/[€\s]/g, '').replace(',', '.');
  if (!/^\d+(\.\d{1,2})?$/.test(plain)) throw fieldProblem(field, 'must be an amount like 12.50');
  return Number(plain);
}

/** Accepts `3`, `-3` and `+3`. */
export function parseInteger(text: string, field: string): number {
  const plain = text.replace(/\s/g, '').replace(/^[−–]/, '-');
  if (!/^[+-]?\d{1,10}$/.test(plain)) throw fieldProblem(field, 'must be a whole number');
  return Number(plain);
}

export function parseQuantity(text: string, field: string, min = 0): number {
  const number = parseInteger(text, field);
  if (number < min) throw fieldProblem(field, `must be ${min} or more`);
  return number;
}
