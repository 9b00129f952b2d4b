import type { Dashboard } from '@/lib/api/types';
import { useFormatPrice } from '@/lib/shop';
import { formatCount } from '@/lib/text';
import styles from './Dashboard.module.css';

export function SummaryTiles({ dashboard }: { dashboard: Dashboard }) {
  const formatPrice = useFormatPrice();
  const step = (name: string) => dashboard.funnel.find((one) => one.step === name)?.count ?? 0;
  const [views, purchases] = [step('view'), step('purchase')];
  const tiles = [
    ['Net revenue', formatPrice(dashboard.revenue), `${formatPrice(dashboard.grossRevenue)} gross minus ${formatPrice(dashboard.refunds)} in refunds`],
    ['Orders', dashboard.orders.toLocaleString('en'), `${formatPrice(dashboard.averageOrderValue)} on average`],
    ['Purchases per 100 views', views === 0 ? '–' : ((purchases / views) * 100).toFixed(1), formatCount(views, 'product view')],
    ['Reviews', dashboard.reviews.count.toLocaleString('en'), dashboard.reviews.count === 0 ? 'None in this period' : `${dashboard.reviews.average.toFixed(2)} stars on average`],
  ] as const;
  return (
    <dl className={styles.tiles}>
      {tiles.map(([name, figure, more]) => (
        <div key={name} className={styles.tile}>
          <dt>{name}</dt>
          <dd className={styles.value}>{figure}</dd>
          <dd className={styles.detail}>{more}</dd>
        </div>
      ))}
    </dl>
  );
}
