import { Icon } from '@/components/ui/Icon';
import { pendingRetries } from '@/lib/api/retry';
import { useObservable } from '@/lib/observable';
import { useOnline } from '@/lib/useOnline';
import styles from './Banners.module.css';

const MESSAGES = {
  busy: 'The shop is busy. Retrying…',
  unavailable: 'Part of the shop is temporarily unavailable. Retrying…',
  unreachable: 'The shop is not responding. Retrying…',
};

/** Connection problems, below the header without shifting the page. */
export function Banners() {
  const online = useOnline();
  const [retry] = [...useObservable(pendingRetries).values()];
  return (
    <div className={styles.banners} role="status">
      {!online && (
        <p className={styles.banner}>
          <Icon name="cloud" size={20} /> You are offline. This page may be out of date. Your basket is saved.
        </p>
      )}
      {online && retry && <p className={styles.banner}>{MESSAGES[retry.reason]}</p>}
    </div>
  );
}
