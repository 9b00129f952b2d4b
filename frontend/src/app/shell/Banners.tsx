import { Icon } from '@/components/ui/Icon';
import { waits } from '@/lib/api/patience';
import { useOnline } from '@/lib/connection';
import { useObservable } from '@/lib/observable';
import styles from './Banners.module.css';

const WHY = {
  busy: 'The shop has a lot to do right now. Trying again by itself…',
  away: 'A part of the shop is away for a moment. Trying again by itself…',
  unreachable: 'The shop does not answer. Trying again by itself…',
};

/** What everybody should know at once, below the header and without moving the page. */
export function Banners() {
  const online = useOnline();
  const [waiting] = [...useObservable(waits).values()];
  return (
    <div className={styles.place} role="status">
      {!online && (
        <p className={styles.banner}>
          <Icon name="cloud" size={20} /> You are offline. What you see may be old; your basket is kept.
        </p>
      )}
      {online && waiting && <p className={styles.banner}>{WHY[waiting.why]}</p>}
    </div>
  );
}
