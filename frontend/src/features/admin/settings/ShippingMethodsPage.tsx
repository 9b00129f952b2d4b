import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from 'react-router';
import { ButtonLink } from '@/components/ui/Button';
import { Icon } from '@/components/ui/Icon';
import { EmptyState, LoadError, Loading, Skeleton } from '@/components/ui/State';
import type { ShippingMethod } from '@/lib/api/types';
import { formatDays } from '@/lib/dates';
import { formatMoney } from '@/lib/money';
import { useShopCurrency } from '@/lib/shop';
import { Badge } from '../components/Badge';
import { Panel } from '../components/Panel';
import { Table } from '../components/Table';
import { DeleteRule } from './DeleteRule';
import styles from './Settings.module.css';
import { SettingsPage } from './SettingsPage';
import { deleteShippingMethod, describeCountries, shippingMethodsQuery } from './shippingMethods';

export function ShippingMethodsPage() {
  const { data, error, isPending, refetch } = useQuery(shippingMethodsQuery);
  const currency = useShopCurrency();
  return (
    <SettingsPage
      title="Shipping methods"
      lead="Customers choose among the active methods that serve their country."
      actions={
        <ButtonLink to="/admin/settings/shipping/new" variant="primary">
          <Icon name="plus" size={20} /> New shipping method
        </ButtonLink>
      }
    >
      {isPending && (
        <Loading what="the shipping methods">
          <Skeleton lines={6} />
        </Loading>
      )}
      {error && <LoadError error={error} onRetry={() => void refetch()} />}
      {data?.length === 0 && (
        <EmptyState icon="truck" title="No shipping methods">
          <p>Orders with an address cannot be placed until you add one.</p>
        </EmptyState>
      )}
      {data && data.length > 0 && (
        <Panel title="Methods" flush>
          <Table
            caption="Shipping methods"
            rows={data}
            rowKey={(method) => method.id}
            columns={[
              { header: 'Name', rowHeader: true, cell: (method) => <Link to={`/admin/settings/shipping/${method.id}`}>{method.name}</Link> },
              { header: 'Price', numeric: true, cell: (method) => <Price method={method} currency={currency} /> },
              { header: 'Countries', cell: (method) => describeCountries(method.countries) },
              { header: 'Delivery', cell: (method) => formatDays(method.minDays, method.maxDays) },
              { header: 'Status', cell: ({ active }) => <Badge tone={active ? 'good' : 'plain'}>{active ? 'Active' : 'Inactive'}</Badge> },
              { header: 'Delete', actions: true, cell: (method) => <DeleteShippingMethod method={method} /> },
            ]}
          />
        </Panel>
      )}
    </SettingsPage>
  );
}

function Price({ method: { price, freeAbove }, currency }: { method: ShippingMethod; currency: string }) {
  return (
    <span className={styles.stacked}>
      {formatMoney(price, currency)}
      {typeof freeAbove === 'number' && <span className={styles.muted}>free from {formatMoney(freeAbove, currency)}</span>}
    </span>
  );
}

export function DeleteShippingMethod({ method, ...rest }: { method: ShippingMethod; size?: 'm'; onSuccess?: () => void }) {
  const queries = useQueryClient();
  return (
    <DeleteRule
      what={`the shipping method “${method.name}”`}
      remove={() => deleteShippingMethod(method.id)}
      onSettled={() => queries.invalidateQueries({ queryKey: shippingMethodsQuery.queryKey, exact: true })}
      {...rest}
    >
      Customers can no longer choose it. Existing orders keep its name and price.
    </DeleteRule>
  );
}
