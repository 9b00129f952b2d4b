import { beforeEach, expect, it, vi } from 'vitest';
import type { SignedIn } from './api/types';
import { awaitsLogin, dismissExpiredSession, endSession, expireSession, keepUserOnExpiry, onUserChange, session, startSession } from './session';

const ada: SignedIn = {
  token: 'token-a',
  user: { id: 1, name: 'Ada', email: 'ada@example.org', role: 'customer', createdAt: '2026-01-01T00:00:00.000Z' },
};
const bob: SignedIn = { token: 'token-b', user: { ...ada.user, id: 2, name: 'Bob', email: 'bob@example.org' } };

beforeEach(endSession);

it('begins and ends', () => {
  startSession(ada);
  expect(session.get()).toEqual({ user: ada.user, token: 'token-a' });
  endSession();
  expect(session.get()).toEqual({ user: null, token: null });
});

it('expires only if its token was rejected', () => {
  startSession(ada);
  expireSession('token-before');
  expect(session.get().token).toBe('token-a');
  expireSession('token-a');
  expect(session.get()).toEqual({ user: null, token: null, ended: 'elsewhere', previousUserId: 1 });
});

it('waits for its user while a page keeps it, and no longer', () => {
  startSession(ada);
  const release = keepUserOnExpiry();
  expireSession('token-a');
  expect(awaitsLogin(session.get())).toBe(true);
  expect(session.get()).toMatchObject({ user: ada.user, token: null });
  release();
  expect(session.get()).toEqual({ user: null, token: null, ended: 'elsewhere', previousUserId: 1 });
});

it('is dismissed when the user declines to log in again', () => {
  startSession(ada);
  const release = keepUserOnExpiry();
  expireSession('token-a');
  dismissExpiredSession();
  expect(awaitsLogin(session.get())).toBe(false);
  expect(session.get()).toMatchObject({ user: null, previousUserId: 1 });
  release();
});

it('changes its user on logout, and after an expired session only if a different user logs in', () => {
  const succession = vi.fn();
  onUserChange(succession);
  startSession(ada); // was a visitor before
  expect(succession).toHaveBeenCalledTimes(0);
  expireSession('token-a');
  startSession({ ...ada, token: 'token-c' });
  expect(succession).toHaveBeenCalledTimes(0);
  expireSession('token-c');
  startSession(bob);
  expect(succession).toHaveBeenCalledTimes(1);
  endSession();
  expect(succession).toHaveBeenCalledTimes(2);
});
