import { useEffect, useState } from 'react';
import { useLocation, useNavigate, useSearchParams } from 'react-router';
import { Icon } from '@/components/ui/Icon';
import styles from './SearchBox.module.css';

/** Debounce: about one request per word, without a noticeable delay. */
const PAUSE_MS = 180;

/** Searches while the user types. The query is in the URL, with the other filters. */
export function SearchBox() {
  const navigate = useNavigate();
  const inCatalogue = useLocation().pathname === '/products';
  const [params] = useSearchParams();
  const shown = inCatalogue ? (params.get('q') ?? '') : '';
  const [typed, setTyped] = useState(shown);
  const [before, setBefore] = useState(shown);
  const [pending, setPending] = useState(false);
  /** Queries that were sent from here and are not in the URL yet. */
  const [sent, setSent] = useState<readonly string[]>([]);
  if (shown !== before) {
    setBefore(shown);
    if (sent.includes(shown)) {
      // Our own query, perhaps an older one: keep what the user has typed since.
      setSent(sent.slice(sent.indexOf(shown) + 1));
    } else {
      // Changed by the back button, a link or a removed filter.
      setSent([]);
      setTyped(shown);
      setPending(false);
    }
  }

  useEffect(() => {
    if (!pending) return;
    const timer = setTimeout(() => search(typed), PAUSE_MS);
    return () => clearTimeout(timer);
  });

  function search(query: string) {
    setPending(false);
    if (query.trim() === (sent.at(-1) ?? shown)) return;
    setSent([...sent, query.trim()]);
    const next = new URLSearchParams(inCatalogue ? params : undefined);
    if (query.trim() === '') next.delete('q');
    else next.set('q', query.trim());
    // One history entry per search, not per letter.
    void navigate({ pathname: '/products', search: next.toString() }, { replace: inCatalogue && shown !== '' });
  }

  return (
    <form
      role="search"
      className={styles.search}
      onSubmit={(event) => {
        event.preventDefault();
        search(typed);
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
          // The user follows a link: a late search must not navigate back.
          if (relatedTarget instanceof HTMLAnchorElement) setPending(false);
          else if (pending) search(typed);
        }}
      />
    </form>
  );
}
