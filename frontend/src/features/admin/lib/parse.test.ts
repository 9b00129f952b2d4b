import { describe, expect, it } from 'vitest';
import { Problem } from '@/lib/api/problem';
import { parseAmount, parseInteger } from './parse';

/** The fields of the thrown problem. */
function wrongIn(action: () => unknown): string[] {
  try {
    action();
  } catch (error) {
    if (error instanceof Problem) return error.fields.map(({ field }) => field);
    throw error;
  }
  return [];
}

describe('parseAmount', () => {
  it.each([
    ['12', 12],
    ['12.5', 12.5],
    ['12,50', 12.5],
    [' € 1 200.05 ', 1200.05],
    ['0', 0],
  ])('reads %s', (text, expected) => expect(parseAmount(text, 'price')).toBe(expected));

  it.each(['', 'free', '-1', '1.234', '1.2.3', '1,2,3', '1e3', 'NaN'])('rejects %j at its field', (text) => {
    expect(wrongIn(() => parseAmount(text, 'price'))).toEqual(['price']);
  });
});

describe('parseInteger', () => {
  it.each([
    ['7', 7],
    ['-3', -3],
    ['−3', -3],
    ['+1 000', 1000],
  ])('reads %s', (text, expected) => expect(parseInteger(text, 'delta')).toBe(expected));

  it.each(['', '1.5', 'x', '--1', '1e3', '99999999999'])('rejects %j at its field', (text) => {
    expect(wrongIn(() => parseInteger(text, 'delta'))).toEqual(['delta']);
  });
});
