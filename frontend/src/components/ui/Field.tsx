import { type ComponentProps, type ReactNode, useId } from 'react';
import styles from './Field.module.css';

type Common = { label: ReactNode; hint?: ReactNode; error?: string | undefined };
type Wiring = { id: string; 'aria-describedby': string | undefined; 'aria-invalid': boolean | undefined };

function Frame({ label, hint, error, children }: Common & { children: (wiring: Wiring) => ReactNode }) {
  const id = useId();
  const [hintId, errorId] = [`${id}-hint`, `${id}-error`];
  const described = [error !== undefined && errorId, hint !== undefined && hintId].filter(Boolean).join(' ');
  return (
    <div className={styles.field}>
      <label htmlFor={id} className={styles.label}>
        {label}
      </label>
      {children({ id, 'aria-describedby': described || undefined, 'aria-invalid': error !== undefined || undefined })}
      {error !== undefined && (
        <p id={errorId} className={styles.error}>
          {error}
        </p>
      )}
      {hint !== undefined && (
        <p id={hintId} className={styles.hint}>
          {hint}
        </p>
      )}
    </div>
  );
}

/** A labeled input. `error` is shown and associated with the input for screen readers. */
export function TextField({ label, hint, error, ...rest }: ComponentProps<'input'> & Common) {
  return (
    <Frame label={label} hint={hint} error={error}>
      {(wiring) => <input {...rest} {...wiring} className={styles.input} />}
    </Frame>
  );
}

export function TextArea({ label, hint, error, ...rest }: ComponentProps<'textarea'> & Common) {
  return (
    <Frame label={label} hint={hint} error={error}>
      {(wiring) => <textarea rows={4} {...rest} {...wiring} className={styles.input} />}
    </Frame>
  );
}

/** A native select: the most accessible one, and good on phones. */
export function SelectField({ label, hint, error, children, ...rest }: ComponentProps<'select'> & Common) {
  return (
    <Frame label={label} hint={hint} error={error}>
      {(wiring) => (
        <select {...rest} {...wiring} className={`${styles.input} ${styles.select}`}>
          {children}
        </select>
      )}
    </Frame>
  );
}

export function Checkbox({ label, ...rest }: Omit<ComponentProps<'input'>, 'type'> & { label: ReactNode }) {
  return (
    <label className={styles.check}>
      <input {...rest} type="checkbox" />
      <span>{label}</span>
    </label>
  );
}
