/** Longer than any address of the shop's own, filters and all. */
const LONGEST = 2_000;

/** The pages somebody may come back to after logging in; the log-in pages themselves are none. */
const PAGES = [
  /^\/(products|basket|checkout|orders|notifications|account|admin)?$/,
  /^\/(products|orders)\/[1-9]\d{0,9}$/,
  /^\/admin\/(orders|products|stock|reviews|messages)(\/([1-9]\d{0,9}|new))?$/,
];

/**
 * Where to go after logging in: a page of this shop, whatever the address asks for.
 *
 * A browser reads an address in its own way: it drops tabs and line ends, and takes a backslash for
 * a slash. So it is the browser's own reading that is judged, never the text.
 */
export function returnPath(path: string | null, origin: string): string {
  if (path === null || path.length > LONGEST || !path.startsWith('/') || hasControl(path)) return '/';
  if (!URL.canParse(path, origin)) return '/';
  const { origin: target, pathname, search } = new URL(path, origin);
  if (target !== new URL(origin).origin) return '/';
  return PAGES.some((page) => page.test(pathname)) ? pathname + search : '/';
}

function hasControl(text: string): boolean {
  return Array.from(text).some((letter) => letter < ' ' || letter === '\u007f');
}
