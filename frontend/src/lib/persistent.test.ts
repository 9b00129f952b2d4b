import { describe, expect, it, vi } from 'vitest';
import { persistent, type TextStorage } from './persistent';

function shelf(initial: Record<string, string> = {}): TextStorage & { all: Map<string, string> } {
  const all = new Map(Object.entries(initial));
  return {
    all,
    getItem: (key) => all.get(key) ?? null,
    setItem: (key, text) => void all.set(key, text),
    removeItem: (key) => void all.delete(key),
  };
}

const number = (found: unknown) => (typeof found === 'number' ? found : undefined);
const nobody = () => undefined;

describe('a persistent value', () => {
  it.each([
    [undefined, 0],
    ['7', 7],
    ['"7"', 0],
    ['{', 0],
  ])('that is %s is %i', (text, value) => {
    expect(persistent('n', number, 0, shelf(text === undefined ? {} : { n: text }), nobody).get()).toBe(value);
  });

  it('is stored, and removed when empty', () => {
    const kept = shelf();
    const value = persistent('n', number, 0, kept, nobody);
    value.set(3);
    expect(kept.all.get('n')).toBe('3');
    value.set(0);
    expect(kept.all.has('n')).toBe(false);
  });

  it('follows other tabs, and updates their value', () => {
    const kept = shelf();
    let otherTab: (key: string | null) => void = nobody;
    const value = persistent('n', number, 0, kept, (listener) => (otherTab = listener));
    const heard = vi.fn();
    value.subscribe(heard);
    kept.all.set('n', '5');
    otherTab('other');
    expect(value.get()).toBe(0);
    otherTab('n');
    expect(value.get()).toBe(5);
    expect(heard).toHaveBeenCalledOnce();
    kept.all.set('n', '10'); // before the notification
    value.update((n) => n + 1);
    expect(kept.all.get('n')).toBe('11');
  });

  it('is updated in memory when the storage is full', () => {
    const full = { ...shelf({ n: '1' }), setItem: () => { throw new DOMException('full', 'QuotaExceededError'); } };
    const value = persistent('n', number, 0, full, nobody);
    value.set(4);
    value.update((n) => n + 1);
    expect(value.get()).toBe(5);
  });

  it('lives as long as the page without storage', () => {
    const closed = () => {
      throw new DOMException('denied', 'SecurityError');
    };
    const value = persistent('n', number, 0, { getItem: closed, setItem: closed, removeItem: closed }, nobody);
    value.set(4);
    expect(value.get()).toBe(4);
  });
});
