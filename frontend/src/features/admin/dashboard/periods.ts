/** One bar of a chart: a day, a week or a month. */
export type Period = { key: string; from: string; to: string; value: number };

type Day = { day: string; value: number };

/** More bars would be too thin on phones. */
const MAX_DAYS = 31;
const MAX_DAYS_IN_WEEKS = 31 * 7;

/** Groups many days by weeks from Monday, and even more by months. */
export function groupByPeriod(days: readonly Day[]): Period[] {
  if (days.length <= MAX_DAYS) return grouped(days, (day) => day);
  return grouped(days, days.length <= MAX_DAYS_IN_WEEKS ? mondayOf : (day) => day.slice(0, 7));
}

/** Sums in cents, to avoid float errors. */
function grouped(days: readonly Day[], keyOf: (day: string) => string): Period[] {
  const spans: Period[] = [];
  for (const { day, value } of days) {
    const key = keyOf(day);
    const last = spans.at(-1);
    if (last?.key === key) spans.splice(-1, 1, { ...last, to: day, value: Math.round((last.value + value) * 100) / 100 });
    else spans.push({ key, from: day, to: day, value });
  }
  return spans;
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
export function shortName(span: Period): string {
  return isMonth(span) ? shortMonth.format(dateOf(span.from)) : short.format(dateOf(span.from));
}

/** `Tue 24 Nov`, `23 Nov to 29 Nov`, `Nov 2026`. */
export function fullName(span: Period): string {
  if (isMonth(span)) return month.format(dateOf(span.from));
  if (span.from !== span.to) return `${short.format(dateOf(span.from))} to ${short.format(dateOf(span.to))}`;
  return long.format(dateOf(span.from));
}

/** Labels that fit under a wide chart; a narrow one has half as many. */
const MAX_LABELS = 7;

/** At which chart width the label of a bar is shown, so that labels do not overlap. The last one always is. */
export function labelVisibility(place: number, count: number): 'always' | 'wide' | 'never' {
  const every = Math.max(1, Math.ceil(count / MAX_LABELS));
  const fromLast = count - 1 - place;
  if (fromLast % every !== 0) return 'never';
  return count <= MAX_LABELS / 2 || fromLast % (2 * every) === 0 ? 'always' : 'wide';
}
