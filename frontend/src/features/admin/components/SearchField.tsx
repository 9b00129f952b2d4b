import { useEffect, useId, useState } from 'react';
import { Icon } from '@/components/ui/Icon';
import styles from './SearchField.module.css';

/** Debounce: about one request per word. */
const PAUSE_MS = 200;

/** Searches while the user types. `value` is the current query. */
export function SearchField({ label, value, onChange }: { label: string; value: string; onChange: (query: string) => void }) {
  const id = useId();
  const [typed, setTyped] = useState(value);
  const [before, setBefore] = useState(value);
  if (value !== before) {
    // Changed by this field or by the back button.
    setBefore(value);
    if (value !== typed.trim()) setTyped(value);
  }
  useEffect(() => {
    if (typed.trim() === value) return;
    const timer = setTimeout(() => onChange(typed.trim()), PAUSE_MS);
    return () => clearTimeout(timer);
  });
  return (
    <div className={styles.search}>
      <label htmlFor={id} className="visually-hidden">
        {label}
      </label>
      <Icon name="search" size={18} />
      <input
        id={id}
        type="search"
        placeholder={label}
        autoComplete="off"
        maxLength={100}
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
      />
    </div>
  );
}
