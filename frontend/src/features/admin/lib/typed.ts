import { fieldProblem } from '@/lib/validate';

/** An amount as somebody types it: `12`, `12.5`, `12,50`, `€ 1 200`. */
export function amount(text: string, field: string): number {
  const plain = text.replace(/[€\s]/g, '').replace(',', '.');
  if (!/^\d+(\.\d{1,2})?$/.test(plain)) throw fieldProblem(field, 'must be an amount like 12.50');
  return Number(plain);
}

/** A whole number as somebody types it; `-3` and `+3`, too. */
export function whole(text: string, field: string): number {
  const plain = text.replace(/\s/g, '').replace(/^[−–]/, '-');
  if (!/^[+-]?\d{1,10}$/.test(plain)) throw fieldProblem(field, 'must be a whole number');
  return Number(plain);
}

/** How many pieces: none, or more. */
export function pieces(text: string, field: string, least = 0): number {
  const number = whole(text, field);
  if (number < least) throw fieldProblem(field, `must be ${least} or more`);
  return number;
}

/** The number of something in an address: undefined where it is none. */
export function idOf(text: string | null | undefined): number | undefined {
  const id = Number(text);
  return text && /^\d{1,10}$/.test(text) && id >= 1 && id <= 2_147_483_647 ? id : undefined;
}
