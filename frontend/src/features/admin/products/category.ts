/**
 * The spelling that the shop keeps: categories that differ in case, or in the spaces around them, are
 * one, and the one that is there keeps its spelling.
 */
export function matchCategory(typed: string, existing: readonly string[]): string {
  const wish = normalized(typed);
  return existing.find((category) => normalized(category) === wish) ?? typed.trim();
}

function normalized(category: string): string {
  return category.normalize('NFC').trim().toLowerCase();
}

/** What is said below the field while it is typed into. */
export function categoryHint(typed: string, existing: readonly string[]): string {
  const kept = matchCategory(typed, existing);
  if (kept === '') return 'Choose a category or type a new one.';
  if (kept !== typed.trim()) return `Will be saved under the existing category “${kept}”.`;
  return existing.includes(kept) ? 'Existing category.' : 'New category.';
}
