import type { ReactElement, ReactNode } from 'react';
import styles from './CountBadge.module.css';
import { Icon, type IconName } from './Icon';

const MAX_COUNT = 99;

type LinkProps = { className: string | undefined; 'aria-label': string; title: string; children: ReactNode };

/** A link with an icon and a count. */
export function CountBadge({ icon, count, label, render }: {
  icon: IconName;
  count: number;
  label: string;
  render: (inside: LinkProps) => ReactElement;
}) {
  return render({
    className: styles.link,
    'aria-label': label,
    title: label,
    children: (
      <>
        <Icon name={icon} />
        {count > 0 && (
          <span className={styles.badge} aria-hidden="true">
            {count > MAX_COUNT ? `${MAX_COUNT}+` : count}
          </span>
        )}
      </>
    ),
  });
}
