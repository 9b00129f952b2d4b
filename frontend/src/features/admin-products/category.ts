/**
 * The spelling that the shop keeps: categories that differ in case, or in the spaces around them, are
 * one, and the one that is there keeps its spelling.
 */
export function spelledAs(typed: string, existing: readonly string[]): string {
  const wish = folded(typed);
  return existing.find((category) => folded(category) === wish) ?? typed.trim();
}

function folded(category: string): string {
  return category.normalize('NFC').trim().toLowerCase();
}

/** What is said below the field while it is typed into. */
export function categoryHint(typed: string, existing: readonly string[]): string {
  const kept = spelledAs(typed, existing);
  if (kept === '') return 'One there is, or a new one.';
  if (kept !== typed.trim()) return `There is “${kept}” already: it goes there.`;
  return existing.includes(kept) ? 'One there is.' : 'A new one: nothing else is in it yet.';
}
