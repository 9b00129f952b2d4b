import { Problem } from './api/problem';
import type { FieldError } from './api/types';

/** What cannot even be sent, said like the API would: at the field. */
export function wrong(field: string, message: string): Problem {
  return refused([{ field, message }]);
}

function refused(errors: FieldError[]): Problem {
  return new Problem(400, { code: 'invalid', message: 'Some fields are invalid.', errors });
}

/**
 * Reads the parts of a form, each of which gives a value or throws what is `wrong`. Whatever is wrong
 * is thrown as one `Problem`, so that nobody mends one field to hear of the next.
 */
export function readAll<Parts extends Record<string, () => unknown>>(parts: Parts): { [Name in keyof Parts]: ReturnType<Parts[Name]> } {
  const errors: FieldError[] = [];
  const values = Object.entries(parts).map(([name, read]) => {
    try {
      return [name, read()];
    } catch (error) {
      if (!(error instanceof Problem) || error.fields.length === 0) throw error;
      errors.push(...error.fields);
      return [name, undefined];
    }
  });
  if (errors.length > 0) throw refused(errors);
  return Object.fromEntries(values) as { [Name in keyof Parts]: ReturnType<Parts[Name]> };
}

/** Text of so many characters, as the API counts them. */
export function lengthOf(text: string, field: string, least: number, most: number): string {
  const { length } = Array.from(text);
  if (length < least || length > most) throw wrong(field, `must be ${least} to ${most} characters long`);
  return text;
}

/** Text that is there. */
export function someText(text: string, field: string): string {
  if (text.trim() === '') throw wrong(field, 'must not be empty');
  return text.trim();
}
