import { Link } from 'react-router';
import type { Dashboard } from '@/lib/api/types';
import { formatMoney, formatShortMoney } from '@/lib/money';
import { useShopCurrency } from '@/lib/shop';
import { formatCount } from '@/lib/text';
import { UserName } from '../components/UserName';
import { type OrderAmounts, orderAmounts } from './amounts';
import styles from './Dashboard.module.css';
import { Ranking } from './Ranking';
import { RevenuePanel } from './RevenuePanel';
import { TimeChart } from './TimeChart';

const number = (value: number) => value.toLocaleString('en');
const STEPS: Record<string, string> = { view: 'Viewed a product', basket: 'Added to basket', checkout: 'Started checkout', purchase: 'Purchased' };

export function Charts({ dashboard }: { dashboard: Dashboard }) {
  const currency = useShopCurrency();
  const money = {
    formatValue: (amount: number) => formatMoney(amount, currency),
    formatTick: (amount: number) => formatShortMoney(amount, currency),
  };
  const sales = (field: 'revenue' | 'grossRevenue' | 'refunds' | 'orders') => dashboard.salesByDay.map((day) => ({ day: day.day, value: day[field] }));
  const amounts = (field: keyof OrderAmounts) => dashboard.salesByDay.map((day) => ({ day: day.day, value: orderAmounts(day)[field] }));
  const first = dashboard.funnel[0]?.count ?? 0;
  return (
    <div className={styles.charts}>
      <TimeChart title="Net revenue" days={sales('revenue')} {...money} wide />
      <RevenuePanel dashboard={dashboard} />
      <TimeChart title="Gross revenue" days={sales('grossRevenue')} {...money} />
      <TimeChart title="Refunds" days={sales('refunds')} {...money} tone="accent" />
      <TimeChart title="Discounts" days={amounts('discounts')} {...money} tone="soft" />
      <TimeChart title="Shipping" days={amounts('shipping')} {...money} tone="soft" />
      <TimeChart title="Tax" days={amounts('tax')} {...money} tone="soft" />
      <TimeChart title="Orders" days={sales('orders')} formatValue={(n) => formatCount(n, 'order')} formatTick={compact} tone="accent" integer />
      <TimeChart
        title="Events"
        days={dashboard.eventsByDay.map((day) => ({ day: day.day, value: day.count }))}
        formatValue={(n) => formatCount(n, 'event')}
        formatTick={compact}
        tone="soft"
        integer
      />
      <div className={styles.stack}>
        <Ranking
          title="Conversion funnel"
          headers={['Step', 'Count']}
          empty="No product views yet."
          rows={dashboard.funnel.map(({ step, count }) => ({
            key: step,
            name: STEPS[step] ?? step,
            value: count,
            formatted: number(count),
            detail: first === 0 || step === 'view' ? undefined : `${Math.round((count / first) * 100)}%`,
          }))}
        />
        <Ranking
          title="Events by type"
          headers={['Event', 'Count']}
          empty="No events in this period."
          tone="soft"
          rows={dashboard.eventsByType.slice(0, 12).map(({ type, count }) => ({ key: type, name: <code>{type}</code>, value: count, formatted: number(count) }))}
        />
      </div>
      <div className={styles.stack}>
        <Ranking
          title="Best sellers"
          headers={['Product', 'Revenue']}
          empty="No sales in this period."
          rows={dashboard.topProducts.map(({ productId, name, quantity, revenue }) => ({
            key: productId,
            name: <Link to={`/admin/products/${productId}`}>{name}</Link>,
            value: revenue,
            formatted: formatMoney(revenue, currency),
            detail: formatCount(quantity, 'unit'),
          }))}
        />
        <Ranking
          title="Most active customers"
          headers={['Customer', 'Events']}
          empty="No activity by logged-in customers."
          tone="soft"
          rows={dashboard.topUsers.slice(0, 5).map(({ userId, count }) => ({
            key: userId,
            name: (
              <Link to={`/admin/orders?user=${userId}`}>
                <UserName id={userId} />
              </Link>
            ),
            value: count,
            formatted: number(count),
          }))}
        />
      </div>
    </div>
  );
}

const short = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });
function compact(value: number): string {
  return short.format(value);
}
