/** The ends and ticks of a value axis, all of them round numbers. */
export type Scale = { low: number; high: number; ticks: number[] };

const ROUND = [1, 2, 2.5, 5, 10];

/** A scale with about `tickCount` ticks that covers all values and zero. `integer`: only integer ticks. */
export function createScale(values: readonly number[], { tickCount = 4, integer = false } = {}): Scale {
  const min = Math.min(0, ...values);
  const max = Math.max(0, ...values);
  if (min === max) return { low: 0, high: 1, ticks: [0, 1] };
  const step = roundStep((max - min) / tickCount, integer);
  const [from, to] = [Math.floor(min / step), Math.ceil(max / step)];
  const ticks = Array.from({ length: to - from + 1 }, (_, line) => clean((from + line) * step));
  return { low: clean(from * step), high: clean(to * step), ticks };
}

/** The smallest round step that is not less than `min`. */
function roundStep(min: number, integer: boolean): number {
  const magnitude = 10 ** Math.floor(Math.log10(min));
  const step = (ROUND.find((one) => one * magnitude >= min - 1e-9) ?? 10) * magnitude;
  return integer ? Math.max(1, Math.ceil(step)) : step;
}

/** Removes float errors: 0.30000000000000004 is 0.3. */
function clean(value: number): number {
  return Number(value.toFixed(10)) + 0;
}

/** A value's position between the bottom (0) and the top (100). */
export function toPercent(value: number, { low, high }: Scale): number {
  return ((value - low) / (high - low)) * 100;
}
