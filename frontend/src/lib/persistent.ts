import { observable, type Observable } from './observable';

/** `localStorage`, or what replaces it where it is not available. */
export type TextStorage = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

/** Calls `listener` when another tab changes a key; null stands for all keys. */
export type OnOtherTabChange = (listener: (key: string | null) => void) => void;

/**
 * A value that survives reloads and is shared by all tabs.
 *
 * The stored value may come from an older version of the shop or have been edited, so `parse` returns
 * undefined for one that is not valid. Each change replaces the whole value.
 */
export function persistent<T>(
  key: string,
  parse: (found: unknown) => T | undefined,
  empty: T,
  storage: TextStorage = browserStorage(),
  onOtherTabChange: OnOtherTabChange = otherTabChanges,
): Observable<T> {
  // A value that could not be stored, because the storage is full, exists only here: do not read it back.
  let isPersisted = true;
  const read = (): T => {
    if (!isPersisted) return value.get();
    const text = tryStorage(() => storage.getItem(key));
    if (text === null || text === undefined) return empty;
    try {
      return parse(JSON.parse(text)) ?? empty;
    } catch {
      return empty; // not JSON
    }
  };
  const value = observable(empty);
  value.set(read());
  onOtherTabChange((changed) => {
    if (changed === key || changed === null) value.set(read());
  });
  const set = (next: T) => {
    isPersisted = tryStorage(() => {
      if (next === empty) storage.removeItem(key);
      else storage.setItem(key, JSON.stringify(next));
      return true;
    }) === true;
    value.set(next);
  };
  // Another tab may have changed the value: `update` applies to what is stored, not to what this tab last read.
  return { ...value, set, update: (change) => set(change(read())) };
}

/** Undefined if the storage is full or forbidden: the value then lives as long as the page. */
function tryStorage<R>(action: () => R): R | undefined {
  try {
    return action();
  } catch {
    return undefined;
  }
}

const memory = new Map<string, string>();
const MEMORY_STORAGE: TextStorage = {
  getItem: (key) => memory.get(key) ?? null,
  setItem: (key, text) => void memory.set(key, text),
  removeItem: (key) => void memory.delete(key),
};

function browserStorage(): TextStorage {
  return tryStorage(() => window.localStorage) ?? MEMORY_STORAGE;
}

function otherTabChanges(listener: (key: string | null) => void): void {
  if (typeof window === 'undefined') return;
  window.addEventListener('storage', (event) => listener(event.key));
  // A page in the back/forward cache gets no storage events.
  window.addEventListener('pageshow', (event) => {
    if (event.persisted) listener(null);
  });
}
