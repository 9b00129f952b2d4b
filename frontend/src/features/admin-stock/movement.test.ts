import { describe, expect, it } from 'vitest';
import { asProblem } from '@/lib/api/problem';
import { doubt, fieldOf, movementOf, outcome, signed, tooFew, WAYS } from './movement';

const stock = { productId: 1, quantity: 10, reserved: 4, available: 6, updatedAt: '2026-11-24T12:00:00.000Z' };

describe('movementOf', () => {
  it('moves, or counts', () => {
    expect(movementOf('in', '5', ' Delivery 7 ')).toEqual({ delta: 5, reason: 'Delivery 7' });
    expect(movementOf('out', '5', '')).toEqual({ delta: -5 });
    expect(movementOf('count', '0', 'Inventory')).toEqual({ quantity: 0, reason: 'Inventory' });
  });

  it.each([
    ['in', 'some', /^must be a whole number$/],
    ['in', '0', /^must be one piece or more$/],
    ['in', '-7', new RegExp(`^must be one piece or more: what left is “${WAYS.out}”$`)],
    ['out', '-7', new RegExp(`^must be one piece or more: what arrived is “${WAYS.in}”$`)],
    ['count', '-1', /^must be a whole number from 0$/],
  ] as const)('refuses %s %s at the field', (way, pieces, message) => {
    let problem;
    try {
      movementOf(way, pieces, '');
    } catch (error) {
      problem = asProblem(error);
    }
    expect(problem?.fields).toEqual([{ field: 'pieces', message: expect.stringMatching(message) as string }]);
  });

  it('takes one piece, and a reason of spaces for none', () => {
    expect(movementOf('in', '1', '  ')).toEqual({ delta: 1 });
  });
});

describe('a movement that is seldom meant', () => {
  it.each([
    [10, { delta: 999 }, undefined],
    [10, { delta: 1_000 }, 'Stock goes from 10 pieces to 1,010 pieces.'],
    [500, { delta: 1_000 }, undefined],
    [499, { delta: 1_000 }, 'Stock goes from 499 pieces to 1,499 pieces.'],
    [1, { quantity: 5_000 }, 'Stock goes from 1 piece to 5,000 pieces.'],
    [10, { quantity: 0 }, 'Nothing is left then: it is sold out until more comes in.'],
    [10, { delta: -10 }, 'Nothing is left then: it is sold out until more comes in.'],
    [0, { quantity: 0 }, undefined],
    [10, { delta: -9 }, undefined],
  ])('of %i, %j: %s', (quantity, movement, question) => {
    expect(doubt({ ...stock, quantity }, movement)).toBe(question);
  });
});

it('tells what will be there', () => {
  expect(outcome(stock, 'in', '5')).toEqual({ quantity: 15, available: 11 });
  expect(outcome(stock, 'out', '7')).toEqual({ quantity: 3, available: -1 });
  expect(outcome(stock, 'count', '4')).toEqual({ quantity: 4, available: 0 });
  expect(outcome(stock, 'count', ' 1234567890 ')).toEqual({ quantity: 1_234_567_890, available: 1_234_567_886 });
  for (const typed of ['', '-1', '1.5', 'x', '12345678901']) expect(outcome(stock, 'in', typed)).toBeUndefined();
});

it('speaks of one field and of signs', () => {
  expect(['quantity', 'delta', 'reason'].map(fieldOf)).toEqual(['pieces', 'pieces', 'reason']);
  expect([5, -3, -1200, 0].map(signed)).toEqual(['+5', '−3', '−1,200', '0']);
  expect(tooFew({ reserved: 1 })).toMatch(/^1 piece is reserved for an order that is/);
  expect(tooFew(stock)).toMatch(/^4 pieces are reserved for orders that are/);
});
