import { fieldProblem, parseFields, requireLength, requireText } from '@/lib/validate';

/** No judge of addresses, the API is: this only says at once what is certainly none. */
const ADDRESS = /^[^\s@]+@[^\s@]+$/;

function parseEmail(text: string): string {
  if (!ADDRESS.test(text.trim())) throw fieldProblem('email', 'must be a valid email address');
  return text.trim();
}

type Field = (name: string) => string;

/** What somebody logs in with. */
export function parseCredentials(field: Field): { email: string; password: string } {
  return parseFields({ email: () => requireText(field('email'), 'email'), password: () => requirePassword(field('password')) });
}

/** What an account is opened with, as far as it can be judged here. */
export function parseNewAccount(field: Field): { name: string; email: string; password: string } {
  return parseFields({
    name: () => requireLength(field('name').normalize('NFC').trim(), 'name', 2, 100),
    email: () => parseEmail(field('email')),
    password: () => parsePassword(field('password')),
  });
}

/** Counted as the shop keeps it, sent as it was typed. */
function parsePassword(typed: string): string {
  requireLength(typed.normalize('NFKC'), 'password', 8, 128);
  return typed;
}

/** A password may begin or end with a space. */
function requirePassword(typed: string): string {
  if (typed === '') throw fieldProblem('password', 'must not be empty');
  return typed;
}
