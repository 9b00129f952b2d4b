/** One bar of a chart: a day, a week or a month. */
export type Period = { key: string; from: string; to: string; value: number };

type Day = { day: string; value: number };

/** More bars would be too thin on phones. */
const MAX_DAYS = 31;
const MAX_DAYS_IN_WEEKS = 31 * 7;

/** Groups many days by weeks from Monday, and even more by months. */
export function groupByPeriod(days: readonly Day[]): Period[] {
  if (days.length <= MAX_DAYS) return groupBy(days, (day) => day);
  return groupBy(days, days.length <= MAX_DAYS_IN_WEEKS ? mondayOf : (day) => day.slice(0, 7));
}

/** Sums in cents, to avoid float errors. */
function groupBy(days: readonly Day[], keyOf: (day: string) => string): Period[] {
  const periods: Period[] = [];
  for (const { day, value } of days) {
    const key = keyOf(day);
    const last = periods.at(-1);
    if (last?.key === key) periods.splice(-1, 1, { ...last, to: day, value: Math.round((last.value + value) * 100) / 100 });
    else periods.push({ key, from: day, to: day, value });
  }
  return periods;
}

function mondayOf(day: string): string {
  const date = new Date(`${day}T00:00:00Z`);
  date.setUTCDate(date.getUTCDate() - ((date.getUTCDay() + 6) % 7));
  return date.toISOString().slice(0, 10);
}

const short = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' });
const long = new Intl.DateTimeFormat('en-GB', { weekday: 'short', day: 'numeric', month: 'short', timeZone: 'UTC' });
const month = new Intl.DateTimeFormat('en-GB', { month: 'short', year: 'numeric', timeZone: 'UTC' });
const shortMonth = new Intl.DateTimeFormat('en-GB', { month: 'short', timeZone: 'UTC' });

const dateOf = (day: string) => new Date(`${day}T00:00:00Z`);
const isMonth = ({ key }: Period) => key.length === 7;

/** `24 Nov`, or `Nov`. */
export function shortName(period: Period): string {
  return isMonth(period) ? shortMonth.format(dateOf(period.from)) : short.format(dateOf(period.from));
}

/** `Tue 24 Nov`, `23 Nov to 29 Nov`, `Nov 2026`. */
export function fullName(period: Period): string {
  if (isMonth(period)) return month.format(dateOf(period.from));
  if (period.from !== period.to) return `${short.format(dateOf(period.from))} to ${short.format(dateOf(period.to))}`;
  return long.format(dateOf(period.from));
}

/** Labels that fit under a wide chart; a narrow one has half as many. */
const MAX_LABELS = 7;

/** At which chart width the label of a bar is shown, so that labels do not overlap. The last one always is. */
export function labelVisibility(index: number, count: number): 'always' | 'wide' | 'never' {
  const step = Math.max(1, Math.ceil(count / MAX_LABELS));
  const fromLast = count - 1 - index;
  if (fromLast % step !== 0) return 'never';
  return count <= MAX_LABELS / 2 || fromLast % (2 * step) === 0 ? 'always' : 'wide';
}
