import { fieldProblem, parseFields, requireLength, requireText } from '@/lib/validate';

/** The API validates addresses; this only rejects what is certainly not one. */
const ADDRESS = /^[^\s@]+@[^\s@]+$/;

export function parseEmail(text: string): string {
  if (!ADDRESS.test(text.trim())) throw fieldProblem('email', 'must be a valid email address');
  return text.trim();
}

type Field = (name: string) => string;

export function parseCredentials(field: Field): { email: string; password: string } {
  return parseFields({ email: () => requireText(field('email'), 'email'), password: () => requirePassword(field('password')) });
}

/** Checks what the storefront can check; the API checks the rest. */
export function parseNewAccount(field: Field): { name: string; email: string; password: string } {
  return parseFields({
    name: () => requireLength(field('name').normalize('NFC').trim(), 'name', 2, 100),
    email: () => parseEmail(field('email')),
    password: () => parsePassword(field('password')),
  });
}

/** The length is that of the normalized form, which the API stores; the password is sent as typed. */
function parsePassword(typed: string): string {
  requireLength(typed.normalize('NFKC'), 'password', 8, 128);
  return typed;
}

/** Not trimmed: a password may begin or end with a space. */
function requirePassword(typed: string): string {
  if (typed === '') throw fieldProblem('password', 'must not be empty');
  return typed;
}
