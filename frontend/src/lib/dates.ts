const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'long', year: 'numeric' });
const minute = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' });
const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });

/** `3 November 2026`. */
export function formatDate(instant: string): string {
  return day.format(new Date(instant));
}

/** `3 Nov, 14:05`. */
export function formatDateTime(instant: string): string {
  return minute.format(new Date(instant));
}

const UNITS: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
];
const A_MONTH_SECONDS = 30 * 86_400;

/** `2 hours ago`, or a date after a month. */
export function formatRelativeTime(instant: string, now: number): string {
  const seconds = (Date.parse(instant) - now) / 1000;
  if (Math.abs(seconds) > A_MONTH_SECONDS) return formatDate(instant);
  const unit = UNITS.find(([, size]) => Math.abs(seconds) >= size);
  return unit ? relative.format(Math.round(seconds / unit[1]), unit[0]) : 'just now';
}

/** `2–5 days`, `1 day`. */
export function formatDays(min: number, max: number): string {
  if (min === max) return min === 1 ? '1 day' : `${min} days`;
  return `${min}–${max} days`;
}
