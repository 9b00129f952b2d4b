import { useId, useState } from 'react';
import styles from './RatingField.module.css';

const LABELS = ['Poor', 'Fair', 'Good', 'Very good', 'Excellent'] as const;

/** Five radio buttons that look like stars. */
export function RatingField({ name, initialRating, error }: { name: string; initialRating: number | undefined; error: string | undefined }) {
  const [selected, setSelected] = useState(initialRating ?? 0);
  const errorId = useId();
  return (
    <fieldset className={styles.stars} aria-describedby={error === undefined ? undefined : errorId}>
      <legend>Your rating</legend>
      <div className={styles.row}>
        {LABELS.map((word, index) => (
          <label key={word} data-on={index < selected || undefined}>
            <input
              type="radio"
              name={name}
              value={index + 1}
              checked={selected === index + 1}
              onChange={() => setSelected(index + 1)}
              className="visually-hidden"
            />
            <span className="visually-hidden">{`${index + 1} of 5: ${word}`}</span>
            <svg width="34" height="34" viewBox="0 0 20 20" aria-hidden="true">
              <path d="M10 1.6l2.6 5.3 5.8.8-4.2 4.1 1 5.8L10 14.9l-5.2 2.7 1-5.8L1.6 7.7l5.8-.8z" />
            </svg>
          </label>
        ))}
        <span aria-hidden="true" className={styles.selectedLabel}>
          {LABELS[selected - 1]}
        </span>
      </div>
      {error !== undefined && (
        <p id={errorId} className={styles.error}>
          {error}
        </p>
      )}
    </fieldset>
  );
}
