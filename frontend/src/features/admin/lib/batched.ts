type Waiting<V> = { resolve: (value: V | null) => void; reject: (error: unknown) => void };

/**
 * Joins the keys that are asked for in one task to one request, or several of `max` keys. A key that is not
 * found is null.
 */
export function batched<K, V>(max: number, load: (keys: readonly K[]) => Promise<ReadonlyMap<K, V>>): (key: K) => Promise<V | null> {
  let waiting = new Map<K, Waiting<V>[]>();

  function loadAll(): void {
    const all = [...waiting];
    waiting = new Map();
    for (let start = 0; start < all.length; start += max) {
      const some = all.slice(start, start + max);
      load(some.map(([key]) => key)).then(
        (found) => {
          for (const [key, askers] of some) for (const { resolve } of askers) resolve(found.get(key) ?? null);
        },
        (error: unknown) => {
          for (const [, askers] of some) for (const { reject } of askers) reject(error);
        },
      );
    }
  }

  return (key) =>
    new Promise((resolve, reject) => {
      if (waiting.size === 0) setTimeout(loadAll);
      waiting.set(key, [...(waiting.get(key) ?? []), { resolve, reject }]);
    });
}
