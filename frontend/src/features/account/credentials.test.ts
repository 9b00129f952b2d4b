import { expect, it } from 'vitest';
import { toProblem } from '@/lib/api/problem';
import { parseCredentials, parseNewAccount } from './credentials';

const form = (fields: Record<string, string>) => (name: string) => fields[name] ?? '';

function fieldsWrongIn(action: () => unknown): string[] {
  try {
    action();
  } catch (error) {
    return toProblem(error).fields.map(({ field }) => field);
  }
  return [];
}

it('reports all errors of a new account', () => {
  expect(fieldsWrongIn(() => parseNewAccount(form({ name: 'J', email: 'nonsense', password: 'short' })))).toEqual(['name', 'email', 'password']);
  expect(fieldsWrongIn(() => parseNewAccount(form({})))).toEqual(['name', 'email', 'password']);
  expect(fieldsWrongIn(() => parseNewAccount(form({ name: 'Jo', email: 'jo@example.org', password: 'short' })))).toEqual(['password']);
});

it('trims name and email, but not the password', () => {
  const typed = { name: ' Jo ', email: ' jo@example.org ', password: ' spaces count ' };
  expect(parseNewAccount(form(typed))).toEqual({ name: 'Jo', email: 'jo@example.org', password: ' spaces count ' });
});

it('requires email and password', () => {
  expect(fieldsWrongIn(() => parseCredentials(form({})))).toEqual(['email', 'password']);
  // The format is not checked: an old account may have an unusual address.
  expect(parseCredentials(form({ email: 'x', password: ' ' }))).toEqual({ email: 'x', password: ' ' });
});
