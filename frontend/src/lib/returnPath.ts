/** Longer than any URL of the shop, filters included. */
const MAX_LENGTH = 2_000;

/** The pages to return to after logging in. Not the login pages. */
const PAGES = [
  /^\/(products|basket|checkout|orders|notifications|account|admin)?$/,
  /^\/account\/addresses$/,
  /^\/(products|orders)\/[1-9]\d{0,9}$/,
  /^\/admin\/(orders|products|returns|stock|reviews|messages)(\/([1-9]\d{0,9}|new))?$/,
];

/**
 * The page to open after logging in: always a page of this shop, whatever the URL asks for.
 *
 * Browsers drop tabs and line breaks in URLs, and treat a backslash as a slash. So this checks the parsed
 * URL, never the text.
 */
export function returnPath(path: string | null, origin: string): string {
  if (path === null || path.length > MAX_LENGTH || !path.startsWith('/') || hasControlCharacter(path)) return '/';
  if (!URL.canParse(path, origin)) return '/';
  const { origin: target, pathname, search } = new URL(path, origin);
  if (target !== new URL(origin).origin) return '/';
  return PAGES.some((page) => page.test(pathname)) ? pathname + search : '/';
}

function hasControlCharacter(text: string): boolean {
  return Array.from(text).some((character) => character < ' ' || character === '\u007f');
}
