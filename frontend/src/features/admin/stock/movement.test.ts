import { describe, expect, it } from 'vitest';
import { toProblem } from '@/lib/api/problem';
import { formatDelta, MOVEMENT_TYPES, movementWarning, parseMovement, reasonLabel, reservedText, stockAfter, toFormField } from './movement';

const stock = { productId: 1, quantity: 10, reserved: 4, available: 6, updatedAt: '2026-11-24T12:00:00.000Z' };

describe('parseMovement', () => {
  it('parses changes and counts', () => {
    expect(parseMovement('in', '5', ' Delivery 7 ')).toEqual({ delta: 5, reason: 'Delivery 7' });
    expect(parseMovement('out', '5', '')).toEqual({ delta: -5 });
    expect(parseMovement('count', '0', 'Inventory')).toEqual({ quantity: 0, reason: 'Inventory' });
  });

  it.each([
    ['in', 'some', /^must be a whole number$/],
    ['in', '0', /^must be at least 1$/],
    ['in', '-7', new RegExp(`^must be at least 1. To remove stock, choose “${MOVEMENT_TYPES.out}”$`)],
    ['out', '-7', new RegExp(`^must be at least 1. To add stock, choose “${MOVEMENT_TYPES.in}”$`)],
    ['count', '-1', /^must be 0 or more$/],
  ] as const)('rejects %s %s at its field', (type, quantity, message) => {
    let problem;
    try {
      parseMovement(type, quantity, '');
    } catch (error) {
      problem = toProblem(error);
    }
    expect(problem?.fields).toEqual([{ field: 'quantity', message: expect.stringMatching(message) as string }]);
  });

  it('accepts a quantity of 1, and ignores a blank reason', () => {
    expect(parseMovement('in', '1', '  ')).toEqual({ delta: 1 });
  });
});

describe('the warning about a probable typing error', () => {
  it.each([
    [10, { delta: 999 }, undefined],
    [10, { delta: 1_000 }, 'Stock changes from 10 to 1,010 units.'],
    [500, { delta: 1_000 }, undefined],
    [499, { delta: 1_000 }, 'Stock changes from 499 to 1,499 units.'],
    [1, { quantity: 5_000 }, 'Stock changes from 1 to 5,000 units.'],
    [10, { quantity: 0 }, 'Stock drops to 0: the product will be sold out.'],
    [10, { delta: -10 }, 'Stock drops to 0: the product will be sold out.'],
    [0, { quantity: 0 }, undefined],
    [10, { delta: -9 }, undefined],
  ])('with a stock of %i, %j: %s', (quantity, movement, warning) => {
    expect(movementWarning({ ...stock, quantity }, movement)).toBe(warning);
  });
});

it('labels the reasons of the ledger', () => {
  expect(['sold', 'moved', 'set with the product', 'Delivery 7'].map(reasonLabel)).toEqual(['Sold', 'Adjusted', 'Set in the product form', 'Delivery 7']);
});

it('calculates the new stock', () => {
  expect(stockAfter(stock, 'in', '5')).toEqual({ quantity: 15, available: 11 });
  expect(stockAfter(stock, 'out', '7')).toEqual({ quantity: 3, available: -1 });
  expect(stockAfter(stock, 'count', '4')).toEqual({ quantity: 4, available: 0 });
  expect(stockAfter(stock, 'count', ' 1234567890 ')).toEqual({ quantity: 1_234_567_890, available: 1_234_567_886 });
  for (const typed of ['', '-1', '1.5', 'x', '12345678901']) expect(stockAfter(stock, 'in', typed)).toBeUndefined();
});

it('maps API fields to the form field and formats signs', () => {
  expect(['quantity', 'delta', 'reason'].map(toFormField)).toEqual(['quantity', 'quantity', 'reason']);
  expect([5, -3, -1200, 0].map(formatDelta)).toEqual(['+5', '−3', '−1,200', '0']);
  expect(reservedText({ reserved: 1 })).toMatch(/^1 unit is reserved for an order being paid/);
  expect(reservedText(stock)).toMatch(/^4 units are reserved for orders being paid/);
});
