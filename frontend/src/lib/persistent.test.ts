import { describe, expect, it, vi } from 'vitest';
import { persistent, type TextStorage } from './persistent';

function fakeStorage(initial: Record<string, string> = {}): TextStorage & { all: Map<string, string> } {
  const all = new Map(Object.entries(initial));
  return {
    all,
    getItem: (key) => all.get(key) ?? null,
    setItem: (key, text) => void all.set(key, text),
    removeItem: (key) => void all.delete(key),
  };
}

const number = (found: unknown) => (typeof found === 'number' ? found : undefined);
const noop = () => undefined;

describe('a persistent value', () => {
  it.each([
    [undefined, 0],
    ['7', 7],
    ['"7"', 0],
    ['{', 0],
  ])('that is %s is %i', (text, value) => {
    expect(persistent('n', number, 0, fakeStorage(text === undefined ? {} : { n: text }), noop).get()).toBe(value);
  });

  it('is stored, and removed when empty', () => {
    const storage = fakeStorage();
    const value = persistent('n', number, 0, storage, noop);
    value.set(3);
    expect(storage.all.get('n')).toBe('3');
    value.set(0);
    expect(storage.all.has('n')).toBe(false);
  });

  it('follows other tabs, and updates their value', () => {
    const storage = fakeStorage();
    let otherTab: (key: string | null) => void = noop;
    const value = persistent('n', number, 0, storage, (listener) => (otherTab = listener));
    const listener = vi.fn();
    value.subscribe(listener);
    storage.all.set('n', '5');
    otherTab('other');
    expect(value.get()).toBe(0);
    otherTab('n');
    expect(value.get()).toBe(5);
    expect(listener).toHaveBeenCalledOnce();
    storage.all.set('n', '10'); // before the notification
    value.update((n) => n + 1);
    expect(storage.all.get('n')).toBe('11');
  });

  it('is updated in memory when the storage is fullStorage', () => {
    const fullStorage = { ...fakeStorage({ n: '1' }), setItem: () => { throw new DOMException('fullStorage', 'QuotaExceededError'); } };
    const value = persistent('n', number, 0, fullStorage, noop);
    value.set(4);
    value.update((n) => n + 1);
    expect(value.get()).toBe(5);
  });

  it('lives as long as the page without storage', () => {
    const denied = () => {
      throw new DOMException('denied', 'SecurityError');
    };
    const value = persistent('n', number, 0, { getItem: denied, setItem: denied, removeItem: denied }, noop);
    value.set(4);
    expect(value.get()).toBe(4);
  });
});
