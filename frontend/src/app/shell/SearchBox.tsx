import { useEffect, useState } from 'react';
import { useLocation, useNavigate, useSearchParams } from 'react-router';
import { Icon } from '@/components/ui/Icon';
import styles from './SearchBox.module.css';

/** Long enough that a fast typist asks once per word, short enough to feel at once. */
const PAUSE_MS = 180;

/** Searches while it is typed into. The words are in the URL, beside the other filters. */
export function SearchBox() {
  const navigate = useNavigate();
  const inCatalogue = useLocation().pathname === '/products';
  const [params] = useSearchParams();
  const shown = inCatalogue ? (params.get('q') ?? '') : '';
  const [typed, setTyped] = useState(shown);
  const [before, setBefore] = useState(shown);
  const [pending, setPending] = useState(false);
  /** What was sent from here, and has not all come back in the URL. */
  const [sent, setSent] = useState<readonly string[]>([]);
  if (shown !== before) {
    setBefore(shown);
    if (sent.includes(shown)) {
      // Our own words, perhaps older ones: whoever types is further by now.
      setSent(sent.slice(sent.indexOf(shown) + 1));
    } else {
      // The way back, a link, a filter that was taken off.
      setSent([]);
      setTyped(shown);
      setPending(false);
    }
  }

  useEffect(() => {
    if (!pending) return;
    const timer = setTimeout(() => go(typed), PAUSE_MS);
    return () => clearTimeout(timer);
  });

  function go(words: string) {
    setPending(false);
    if (words.trim() === (sent.at(-1) ?? shown)) return;
    setSent([...sent, words.trim()]);
    const next = new URLSearchParams(inCatalogue ? params : undefined);
    if (words.trim() === '') next.delete('q');
    else next.set('q', words.trim());
    // One step back leaves the search, however many letters it had.
    void navigate({ pathname: '/products', search: next.toString() }, { replace: inCatalogue && shown !== '' });
  }

  return (
    <form
      role="search"
      className={styles.search}
      onSubmit={(event) => {
        event.preventDefault();
        go(typed);
      }}
    >
      <Icon name="search" size={20} />
      <input
        type="search"
        name="q"
        aria-label="Search products"
        placeholder="Search products"
        autoComplete="off"
        enterKeyHint="search"
        maxLength={100}
        value={typed}
        onChange={(event) => {
          setTyped(event.target.value);
          setPending(true);
        }}
        onBlur={({ relatedTarget }) => {
          // Who follows a link has found something: a search that comes late must not take them back.
          if (relatedTarget instanceof HTMLAnchorElement) setPending(false);
          else if (pending) go(typed);
        }}
      />
    </form>
  );
}
