import { expect, it } from 'vitest';
import { toProblem } from '@/lib/api/problem';
import { guestSession, parseGuest } from './guest';

const form = (fields: Record<string, string>) => (name: string) => fields[name] ?? '';

it('a guest needs an address and a name', () => {
  const wrong = (fields: Record<string, string>) => {
    try {
      return parseGuest(form(fields));
    } catch (error) {
      return toProblem(error).fields.map(({ field }) => field);
    }
  };
  expect(wrong({})).toEqual(['email', 'name']);
  expect(wrong({ email: 'nonsense', name: 'Jo' })).toEqual(['email']);
  expect(wrong({ email: ' jo@example.org ', name: ' Jo ' })).toEqual({ email: 'jo@example.org', name: 'Jo' });
});

it('a guest is the user of the session, without an account', () => {
  const guest = { id: 9, name: 'Jo', email: 'jo@example.org' };
  expect(guestSession({ guest, token: 't' }, new Date('2026-01-01'))).toEqual({
    token: 't',
    user: { ...guest, role: 'guest', emailVerified: false, createdAt: '2026-01-01T00:00:00.000Z' },
  });
});
