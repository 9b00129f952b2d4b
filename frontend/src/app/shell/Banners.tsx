import { Icon } from '@/components/ui/Icon';
import { waits } from '@/lib/api/patience';
import { useOnline } from '@/lib/connection';
import { useObservable } from '@/lib/observable';
import styles from './Banners.module.css';

const WHY = {
  busy: 'The shop is busy. Retrying…',
  away: 'Part of the shop is temporarily unavailable. Retrying…',
  unreachable: 'The shop is not responding. Retrying…',
};

/** What everybody should know at once, below the header and without moving the page. */
export function Banners() {
  const online = useOnline();
  const [waiting] = [...useObservable(waits).values()];
  return (
    <div className={styles.place} role="status">
      {!online && (
        <p className={styles.banner}>
          <Icon name="cloud" size={20} /> You are offline. This page may be out of date. Your basket is saved.
        </p>
      )}
      {online && waiting && <p className={styles.banner}>{WHY[waiting.why]}</p>}
    </div>
  );
}
