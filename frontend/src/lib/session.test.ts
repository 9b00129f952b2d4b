import { beforeEach, expect, it } from 'vitest';
import type { SignedIn } from './api/types';
import { begin, end, endedElsewhere, session } from './session';

const ada: SignedIn = {
  token: 'token-a',
  user: { id: 1, name: 'Ada', email: 'ada@example.org', role: 'customer', createdAt: '2026-01-01T00:00:00.000Z' },
};

beforeEach(end);

it('begins and ends', () => {
  begin(ada);
  expect(session.get()).toEqual({ who: ada.user, token: 'token-a' });
  end();
  expect(session.get()).toEqual({ who: null, token: null });
});

it('is ended elsewhere only if it is the one that was refused', () => {
  begin(ada);
  endedElsewhere('token-before');
  expect(session.get().token).toBe('token-a');
  endedElsewhere('token-a');
  expect(session.get()).toEqual({ who: null, token: null, ended: 'elsewhere' });
});
