import { describe, expect, it } from 'vitest';
import { percentOf, scaleOf } from './scale';

describe('scaleOf', () => {
  it.each([
    [[], [0, 1]],
    [[0, 0], [0, 1]],
    [[3, 8], [0, 2, 4, 6, 8]],
    [[97], [0, 25, 50, 75, 100]],
    [[0.3], [0, 0.1, 0.2, 0.3]],
    [[-20, 60], [-20, 0, 20, 40, 60]],
    [[-5], [-6, -4, -2, 0]],
    [[1_234_567], [0, 500_000, 1_000_000, 1_500_000]],
  ])('%j has lines at %j', (values, ticks) => expect(scaleOf(values).ticks).toEqual(ticks));

  it('has no half of an order', () => {
    expect(scaleOf([2], { whole: true }).ticks).toEqual([0, 1, 2]);
    expect(scaleOf([9], { whole: true }).ticks).toEqual([0, 3, 6, 9]);
  });

  it('has room for whatever there is', () => {
    for (let seed = 1; seed < 500; seed++) {
      const values = [Math.sin(seed) * 10 ** (seed % 7), Math.cos(seed) * 10 ** (seed % 5)];
      const scale = scaleOf(values);
      expect(scale.ticks.length).toBeGreaterThan(1);
      expect(scale.ticks.length).toBeLessThan(9);
      for (const value of [...values, 0]) {
        expect(percentOf(value, scale)).toBeGreaterThanOrEqual(-1e-6);
        expect(percentOf(value, scale)).toBeLessThanOrEqual(100 + 1e-6);
      }
    }
  });
});

it('places a value between the ends', () => {
  expect(percentOf(5, { low: 0, high: 20, ticks: [] })).toBe(25);
  expect(percentOf(0, { low: -10, high: 10, ticks: [] })).toBe(50);
});
