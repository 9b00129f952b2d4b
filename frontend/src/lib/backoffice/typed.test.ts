import { describe, expect, it } from 'vitest';
import { Problem } from '../api/problem';
import { amount, idOf, whole } from './typed';

const at = (field: string) => expect.objectContaining({ status: 400, fields: [expect.objectContaining({ field })] });

function thrownBy(action: () => unknown): unknown {
  try {
    return action();
  } catch (error) {
    return error;
  }
}

describe('amount', () => {
  it.each([
    ['12', 12],
    ['12.5', 12.5],
    ['12,50', 12.5],
    [' € 1 200.05 ', 1200.05],
    ['0', 0],
  ])('reads %s', (text, expected) => expect(amount(text, 'price')).toBe(expected));

  it.each(['', 'free', '-1', '1.234', '1.2.3', '1,2,3', '1e3', 'NaN'])('refuses %j at its field', (text) => {
    const error = thrownBy(() => amount(text, 'price'));
    expect(error).toBeInstanceOf(Problem);
    expect(error).toEqual(at('price'));
  });
});

describe('whole', () => {
  it.each([
    ['7', 7],
    ['-3', -3],
    ['−3', -3],
    ['+1 000', 1000],
  ])('reads %s', (text, expected) => expect(whole(text, 'delta')).toBe(expected));

  it.each(['', '1.5', 'x', '--1', '1e3', '99999999999'])('refuses %j at its field', (text) => {
    expect(thrownBy(() => whole(text, 'delta'))).toEqual(at('delta'));
  });
});

it.each([
  ['12', 12],
  ['0', undefined],
  ['-1', undefined],
  ['1.5', undefined],
  ['x', undefined],
  ['2147483648', undefined],
  ['', undefined],
  [null, undefined],
])('takes %j of an address for %s', (text, expected) => expect(idOf(text)).toBe(expected));
