import { Problem } from './api/problem';
import type { FieldError } from './api/types';

/** An error that is found before anything is sent, in the format of the API's validation errors. */
export function fieldProblem(field: string, message: string): Problem {
  return invalidFields([{ field, message }]);
}

function invalidFields(errors: FieldError[]): Problem {
  return new Problem(400, { code: 'invalid', message: 'Some fields are invalid.', errors });
}

/**
 * Runs all parsers, each of which returns a value or throws a `fieldProblem`. All errors are thrown as
 * one `Problem`, so that users see every invalid field at once.
 */
export function parseFields<Parsers extends Record<string, () => unknown>>(parsers: Parsers): { [Name in keyof Parsers]: ReturnType<Parsers[Name]> } {
  const errors: FieldError[] = [];
  const values = Object.entries(parsers).map(([name, parse]) => {
    try {
      return [name, parse()];
    } catch (error) {
      if (!(error instanceof Problem) || error.fields.length === 0) throw error;
      errors.push(...error.fields);
      return [name, undefined];
    }
  });
  if (errors.length > 0) throw invalidFields(errors);
  return Object.fromEntries(values) as { [Name in keyof Parsers]: ReturnType<Parsers[Name]> };
}

/** Counts code points, as the API does. */
export function requireLength(text: string, field: string, min: number, max: number): string {
  const { length } = Array.from(text);
  if (length < min || length > max) throw fieldProblem(field, `must be ${min} to ${max} characters long`);
  return text;
}

export function requireText(text: string, field: string): string {
  if (text.trim() === '') throw fieldProblem(field, 'must not be empty');
  return text.trim();
}
