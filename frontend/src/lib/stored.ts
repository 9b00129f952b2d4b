import { observable, type Observable } from './observable';

/** What keeps text by name: `localStorage`, or nothing at all where it is closed to us. */
export type Shelf = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

/** What another tab did to a shelf. */
export type Elsewhere = (listener: (key: string | null) => void) => void;

/**
 * A value that is kept over reloads and shared by all tabs.
 *
 * `parse` judges what it finds (undefined: it is of no use), because what is stored may be of an
 * older version of the shop or of somebody's hand. Each change replaces the whole value.
 */
export function stored<T>(
  key: string,
  parse: (found: unknown) => T | undefined,
  empty: T,
  shelf: Shelf = browserShelf(),
  elsewhere: Elsewhere = otherTabs,
): Observable<T> {
  // What the shelf did not take, because it is full, is here alone: reading it back would lose it.
  let kept = true;
  const read = (): T => {
    if (!kept) return value.get();
    const text = quietly(() => shelf.getItem(key));
    if (text === null || text === undefined) return empty;
    try {
      return parse(JSON.parse(text)) ?? empty;
    } catch {
      return empty; // no JSON: somebody else's
    }
  };
  const value = observable(empty);
  value.set(read());
  elsewhere((changed) => {
    if (changed === key || changed === null) value.set(read());
  });
  const set = (next: T) => {
    kept = quietly(() => {
      if (next === empty) shelf.removeItem(key);
      else shelf.setItem(key, JSON.stringify(next));
      return true;
    }) === true;
    value.set(next);
  };
  // Two tabs may change it at once: a change is made to what is stored, not to what this tab saw.
  return { ...value, set, update: (change) => set(change(read())) };
}

/** Storage may be full or forbidden: then the value lives as long as the page. */
function quietly<R>(action: () => R): R | undefined {
  try {
    return action();
  } catch {
    return undefined;
  }
}

const memory = new Map<string, string>();
/** Lives as long as the page. */
const OWN: Shelf = {
  getItem: (key) => memory.get(key) ?? null,
  setItem: (key, text) => void memory.set(key, text),
  removeItem: (key) => void memory.delete(key),
};

function browserShelf(): Shelf {
  return quietly(() => window.localStorage) ?? OWN;
}

function otherTabs(listener: (key: string | null) => void): void {
  if (typeof window === 'undefined') return;
  window.addEventListener('storage', (event) => listener(event.key));
  // A page that the browser had put aside (back, forward) was told nothing meanwhile.
  window.addEventListener('pageshow', (event) => {
    if (event.persisted) listener(null);
  });
}
