import { useRef, useState } from 'react';
import { Button } from '@/components/ui/Button';
import { TextField } from '@/components/ui/Field';
import styles from './checkout.module.css';

/** What the API accepts as a code. */
const CODE = /^[A-Z0-9_-]{3,32}$/;

type Props = {
  /** The code that was applied. */
  code: string | undefined;
  /** Why it takes nothing off. */
  problem: string | undefined;
  /** The price with the code is not known yet. */
  pending: boolean;
  onApply: (code: string | undefined) => void;
  locked: boolean;
};

/** A discount code: one at a time. */
export function DiscountField({ code, problem, pending, onApply, locked }: Props) {
  const field = useRef<HTMLInputElement>(null);
  const [error, setError] = useState<string>();
  const apply = () => {
    const typed = field.current?.value.trim().toUpperCase() ?? '';
    if (typed === '') return;
    if (CODE.test(typed)) {
      setError(undefined);
      onApply(typed);
    } else {
      setError('There is no such discount code.');
      field.current?.focus();
    }
  };
  return (
    <fieldset className={styles.section} disabled={locked}>
      <legend>Do you have a discount code?</legend>
      {code === undefined ? (
        <div className={styles.codeField}>
          <TextField
            ref={field}
            label="Discount code (optional)"
            name="discountCode"
            autoComplete="off"
            autoCapitalize="characters"
            spellCheck={false}
            maxLength={32}
            error={error}
            onKeyDown={(event) => {
              if (event.key !== 'Enter') return;
              event.preventDefault();
              apply();
            }}
          />
          <Button onClick={apply}>Apply</Button>
        </div>
      ) : (
        <div className={styles.code}>
          <p role="status">
            <strong>{code}</strong> <span className={problem !== undefined && !pending ? styles.error : styles.muted}>{describe(problem, pending)}</span>
          </p>
          <Button size="s" onClick={() => onApply(undefined)}>
            Remove<span className="visually-hidden"> discount code {code}</span>
          </Button>
        </div>
      )}
    </fieldset>
  );
}

function describe(problem: string | undefined, pending: boolean): string {
  if (pending) return 'is being checked…';
  return problem === undefined ? 'has been applied.' : `${problem} Your order is placed without it.`;
}
