import { describe, expect, it } from 'vitest';
import { createScale, toPercent } from './scale';

describe('createScale', () => {
  it.each([
    [[], [0, 1]],
    [[0, 0], [0, 1]],
    [[3, 8], [0, 2, 4, 6, 8]],
    [[97], [0, 25, 50, 75, 100]],
    [[0.3], [0, 0.1, 0.2, 0.3]],
    [[-20, 60], [-20, 0, 20, 40, 60]],
    [[-5], [-6, -4, -2, 0]],
    [[1_234_567], [0, 500_000, 1_000_000, 1_500_000]],
  ])('%j has ticks at %j', (values, ticks) => expect(createScale(values).ticks).toEqual(ticks));

  it('has only integer ticks for counts', () => {
    expect(createScale([2], { integer: true }).ticks).toEqual([0, 1, 2]);
    expect(createScale([9], { integer: true }).ticks).toEqual([0, 3, 6, 9]);
  });

  it('covers all values', () => {
    for (let seed = 1; seed < 500; seed++) {
      const values = [Math.sin(seed) * 10 ** (seed % 7), Math.cos(seed) * 10 ** (seed % 5)];
      const scale = createScale(values);
      expect(scale.ticks.length).toBeGreaterThan(1);
      expect(scale.ticks.length).toBeLessThan(9);
      for (const value of [...values, 0]) {
        expect(toPercent(value, scale)).toBeGreaterThanOrEqual(-1e-6);
        expect(toPercent(value, scale)).toBeLessThanOrEqual(100 + 1e-6);
      }
    }
  });
});

it('converts a value to a percentage', () => {
  expect(toPercent(5, { low: 0, high: 20, ticks: [] })).toBe(25);
  expect(toPercent(0, { low: -10, high: 10, ticks: [] })).toBe(50);
});
