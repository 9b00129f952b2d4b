/**
 * The existing spelling of a category, if there is one: categories that differ only in case or surrounding
 * spaces are the same.
 */
export function matchCategory(typed: string, existing: readonly string[]): string {
  const name = normalized(typed);
  return existing.find((category) => normalized(category) === name) ?? typed.trim();
}

function normalized(category: string): string {
  return category.normalize('NFC').trim().toLowerCase();
}

/** The hint below the category field. */
export function categoryHint(typed: string, existing: readonly string[]): string {
  const category = matchCategory(typed, existing);
  if (category === '') return 'Choose a category or type a new one.';
  if (category !== typed.trim()) return `Will be saved under the existing category “${category}”.`;
  return existing.includes(category) ? 'Existing category.' : 'New category.';
}
