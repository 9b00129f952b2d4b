import { Link } from 'react-router';
import { PersonName } from '../components/Person';
import type { Dashboard } from '@/lib/api/types';
import { formatMoney } from '@/lib/money';
import { formatCount } from '@/lib/text';
import { BarsOverTime } from './BarsOverTime';
import styles from './Dashboard.module.css';
import { Ranking } from './Ranking';

const number = (value: number) => value.toLocaleString('en');
const STEPS: Record<string, string> = { view: 'Viewed a product', basket: 'Added to basket', checkout: 'Started checkout', purchase: 'Purchased' };

/** What happened, drawn. Each drawing is a table, too. */
export function Charts({ of }: { of: Dashboard }) {
  const sales = (figure: 'revenue' | 'grossRevenue' | 'refunds' | 'orders') => of.salesByDay.map((day) => ({ day: day.day, value: day[figure] }));
  const first = of.funnel[0]?.count ?? 0;
  return (
    <div className={styles.charts}>
      <BarsOverTime title="Net revenue" days={sales('revenue')} say={formatMoney} axis={euros} wide />
      <BarsOverTime title="Gross revenue" days={sales('grossRevenue')} say={formatMoney} axis={euros} />
      <BarsOverTime title="Refunds" days={sales('refunds')} say={formatMoney} axis={euros} tone="accent" />
      <BarsOverTime title="Orders" days={sales('orders')} say={(n) => formatCount(n, 'order')} axis={compact} tone="accent" whole />
      <BarsOverTime
        title="Events"
        days={of.eventsByDay.map((day) => ({ day: day.day, value: day.count }))}
        say={(n) => formatCount(n, 'event')}
        axis={compact}
        tone="soft"
        whole
      />
      <div className={styles.stack}>
        <Ranking
          title="Conversion funnel"
          heads={['Step', 'Count']}
          empty="No product views yet."
          rows={of.funnel.map(({ step, count }) => ({
            key: step,
            name: STEPS[step] ?? step,
            value: count,
            figure: number(count),
            more: first === 0 || step === 'view' ? undefined : `${Math.round((count / first) * 100)}%`,
          }))}
        />
        <Ranking
          title="Events by type"
          heads={['Event', 'Count']}
          empty="No events in this period."
          tone="soft"
          rows={of.eventsByType.slice(0, 12).map(({ type, count }) => ({ key: type, name: <code>{type}</code>, value: count, figure: number(count) }))}
        />
      </div>
      <div className={styles.stack}>
        <Ranking
          title="Best sellers"
          heads={['Product', 'Revenue']}
          empty="No sales in this period."
          rows={of.topProducts.map(({ productId, name, quantity, revenue }) => ({
            key: productId,
            name: <Link to={`/admin/products/${productId}`}>{name}</Link>,
            value: revenue,
            figure: formatMoney(revenue),
            more: formatCount(quantity, 'unit'),
          }))}
        />
        <Ranking
          title="Most active customers"
          heads={['Customer', 'Events']}
          empty="No activity by logged-in customers."
          tone="soft"
          rows={of.topUsers.slice(0, 5).map(({ userId, count }) => ({
            key: userId,
            name: (
              <Link to={`/admin/orders?user=${userId}`}>
                <PersonName id={userId} />
              </Link>
            ),
            value: count,
            figure: number(count),
          }))}
        />
      </div>
    </div>
  );
}

const short = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });
const euros = (value: number) => `€${compact(value)}`;
function compact(value: number): string {
  return short.format(value);
}
