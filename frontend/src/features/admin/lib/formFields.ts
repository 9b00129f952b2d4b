import { formText } from '@/lib/useForm';
import { fieldProblem } from '@/lib/validate';
import { parseAmount, parseQuantity } from './parse';

/** The trimmed text of a field, or null if it is empty. */
export function optionalText(data: FormData, field: string): string | null {
  const text = formText(data, field).trim();
  return text === '' ? null : text;
}

export function optionalAmount(data: FormData, field: string): number | null {
  const text = optionalText(data, field);
  return text === null ? null : parseAmount(text, field);
}

export function optionalQuantity(data: FormData, field: string, min: number): number | null {
  const text = optionalText(data, field);
  return text === null ? null : parseQuantity(text, field, min);
}

/** Accepts `19`, `19.5`, `7,75` and `19 %`: 0 to 100 with at most two decimals. */
export function parsePercentage(text: string, field: string): number {
  const plain = text.replace(/[%\s]/g, '').replace(',', '.');
  if (!/^\d+(\.\d{1,2})?$/.test(plain) || Number(plain) > 100) throw fieldProblem(field, 'must be a percentage like 19 or 7.75');
  return Number(plain);
}

/** The instant of a `datetime-local` field, in the time zone of the browser, or null if it is empty. */
export function optionalInstant(data: FormData, field: string): string | null {
  const text = optionalText(data, field);
  if (text === null) return null;
  const time = new Date(text);
  if (Number.isNaN(time.getTime())) throw fieldProblem(field, 'must be a date and a time');
  return time.toISOString();
}

/** An instant as the value of a `datetime-local` field. */
export function toLocalInput(instant: string | null | undefined): string {
  if (!instant) return '';
  const time = new Date(instant);
  return new Date(time.getTime() - time.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
