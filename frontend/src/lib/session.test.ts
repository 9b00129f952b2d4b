import { beforeEach, expect, it, vi } from 'vitest';
import type { SignedIn } from './api/types';
import { awaitsLogin, dismissExpiredSession, endSession, expireSession, hasAccount, keepUserOnExpiry, onUserChange, session, startSession, updateUser } from './session';

const ada: SignedIn = {
  token: 'token-a',
  user: { id: 1, name: 'Ada', email: 'ada@example.org', role: 'customer', emailVerified: true, createdAt: '2026-01-01T00:00:00.000Z' },
};
const guest: SignedIn = { token: 'token-g', user: { ...ada.user, id: 3, role: 'guest' } };
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

it('of a guest is that of a visitor for who comes next', () => {
  const succession = vi.fn();
  onUserChange(succession);
  expect([ada, guest].map(({ user }) => hasAccount(user))).toEqual([true, false]);
  startSession(guest);
  const release = keepUserOnExpiry();
  expireSession('token-g');
  // A guest cannot log in again.
  expect(session.get()).toEqual({ user: null, token: null, ended: 'elsewhere', previousUserId: undefined });
  release();
  startSession({ ...guest, user: { ...guest.user, id: 4 } });
  startSession(ada);
  startSession(guest);
  expect(succession).toHaveBeenCalledTimes(0);
  startSession(ada);
  startSession(bob);
  expect(succession).toHaveBeenCalledTimes(1);
});

it('takes what the API says about its user, and not about another one', () => {
  startSession(ada);
  updateUser({ ...bob.user, emailVerified: false });
  expect(session.get()).toEqual(ada);
  updateUser({ ...ada.user, emailVerified: false });
  expect(session.get()).toEqual({ ...ada, user: { ...ada.user, emailVerified: false } });
  endSession();
  updateUser(ada.user);
  expect(session.get().user).toBeNull();
});
