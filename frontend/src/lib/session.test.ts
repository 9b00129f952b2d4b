import { beforeEach, expect, it, vi } from 'vitest';
import type { SignedIn } from './api/types';
import { begin, end, endedElsewhere, holdSession, isWaiting, letGo, onSuccession, session } from './session';

const ada: SignedIn = {
  token: 'token-a',
  user: { id: 1, name: 'Ada', email: 'ada@example.org', role: 'customer', createdAt: '2026-01-01T00:00:00.000Z' },
};
const bob: SignedIn = { token: 'token-b', user: { ...ada.user, id: 2, name: 'Bob', email: 'bob@example.org' } };

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
  expect(session.get()).toEqual({ who: null, token: null, ended: 'elsewhere', was: 1 });
});

it('waits for its user where their work is held, and no longer', () => {
  begin(ada);
  const release = holdSession();
  endedElsewhere('token-a');
  expect(isWaiting(session.get())).toBe(true);
  expect(session.get()).toMatchObject({ who: ada.user, token: null });
  release();
  expect(session.get()).toEqual({ who: null, token: null, ended: 'elsewhere', was: 1 });
});

it('is let go of when they do not want to go on', () => {
  begin(ada);
  const release = holdSession();
  endedElsewhere('token-a');
  letGo();
  expect(isWaiting(session.get())).toBe(false);
  expect(session.get()).toMatchObject({ who: null, was: 1 });
  release();
});

it('is another person’s after logging out, and after an ended session only if another one comes', () => {
  const succession = vi.fn();
  onSuccession(succession);
  begin(ada); // who was a visitor until now
  expect(succession).toHaveBeenCalledTimes(0);
  endedElsewhere('token-a');
  begin({ ...ada, token: 'token-c' });
  expect(succession).toHaveBeenCalledTimes(0);
  endedElsewhere('token-c');
  begin(bob);
  expect(succession).toHaveBeenCalledTimes(1);
  end();
  expect(succession).toHaveBeenCalledTimes(2);
});
