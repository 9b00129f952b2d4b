import type { ComponentProps } from 'react';
import { Link, type LinkProps } from 'react-router';
import styles from './Button.module.css';

type Variant = 'primary' | 'plain' | 'ghost' | 'danger';
type Size = 'm' | 's' | 'l';
type Shape = { variant?: Variant | undefined; size?: Size | undefined; wide?: boolean | undefined };

function classes({ variant = 'plain', size = 'm', wide = false }: Shape, more?: string): string {
  return [styles.button, styles[variant], styles[size], wide && styles.wide, more].filter(Boolean).join(' ');
}

/** A `loading` button keeps its width and focus, which a disabled one would lose. It ignores clicks. */
export function Button({
  variant,
  size,
  wide,
  loading = false,
  className,
  onClick,
  type = 'button',
  children,
  ...rest
}: ComponentProps<'button'> & Shape & { loading?: boolean }) {
  return (
    <button
      {...rest}
      type={type}
      aria-disabled={loading || rest['aria-disabled']}
      data-busy={loading || undefined}
      className={classes({ variant, size, wide }, className)}
      onClick={(event) => {
        if (loading) event.preventDefault();
        else onClick?.(event);
      }}
    >
      <span className={styles.label}>{children}</span>
      {loading && <span className={styles.spinner} aria-hidden="true" />}
    </button>
  );
}

/** A link that looks like a button. */
export function ButtonLink({ variant, size, wide, className, ...rest }: LinkProps & Shape) {
  return <Link {...rest} className={classes({ variant, size, wide }, className)} />;
}

/** A button with only an icon; `label` is its accessible name. */
export function IconButton({ label, className, ...rest }: ComponentProps<'button'> & { label: string }) {
  return (
    <button type="button" {...rest} aria-label={label} title={label} className={`${styles.icon} ${className ?? ''}`} />
  );
}
