import { useObservable } from './observable';
import { persistent } from './persistent';

/** `system` follows the operating system. public/theme.js reads the same key before the first paint. */
export const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

const SYSTEM: Theme = 'system';
const key = 'shop.theme';

/** Stored as plain text, because public/theme.js reads it. */
const plainTextStorage = {
  getItem: (name: string) => {
    const text = localStorage.getItem(name);
    return text === null ? null : JSON.stringify(text);
  },
  setItem: (name: string, json: string) => localStorage.setItem(name, JSON.parse(json) as string),
  removeItem: (name: string) => localStorage.removeItem(name),
};

const theme = persistent<Theme>(key, (found) => (found === 'light' || found === 'dark' ? found : undefined), SYSTEM, plainTextStorage);

theme.subscribe(() => {
  const chosen = theme.get();
  if (chosen === SYSTEM) delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = chosen;
});

export function useTheme(): [Theme, (chosen: Theme) => void] {
  return [useObservable(theme), theme.set];
}
