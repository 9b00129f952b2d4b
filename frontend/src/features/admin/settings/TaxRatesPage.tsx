import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from 'react-router';
import { ButtonLink } from '@/components/ui/Button';
import { Icon } from '@/components/ui/Icon';
import { EmptyState, LoadError, Loading, Skeleton } from '@/components/ui/State';
import type { TaxRate } from '@/lib/api/types';
import { Panel } from '../components/Panel';
import { Table } from '../components/Table';
import { DeleteRule } from './DeleteRule';
import { SettingsPage } from './SettingsPage';
import { deleteTaxRate, sortTaxRates, taxRateGoods, taxRatePlace, taxRatesQuery } from './taxRates';

export function TaxRatesPage() {
  const { data, error, isPending, refetch } = useQuery(taxRatesQuery);
  return (
    <SettingsPage
      title="Tax rates"
      lead="The most specific rate applies: a region’s before a category’s before a country’s. Without a rate there is no tax."
      actions={
        <ButtonLink to="/admin/settings/taxes/new" variant="primary">
          <Icon name="plus" size={20} /> New tax rate
        </ButtonLink>
      }
    >
      {isPending && (
        <Loading what="the tax rates">
          <Skeleton lines={6} />
        </Loading>
      )}
      {error && <LoadError error={error} onRetry={() => void refetch()} />}
      {data?.length === 0 && (
        <EmptyState icon="package" title="No tax rates yet">
          <p>Orders are placed without tax until you add a rate.</p>
        </EmptyState>
      )}
      {data && data.length > 0 && (
        <Panel title="Rates" flush>
          <Table
            caption="Tax rates"
            rows={sortTaxRates(data)}
            rowKey={(rate) => rate.id}
            columns={[
              { header: 'Where', rowHeader: true, cell: (rate) => <Link to={`/admin/settings/taxes/${rate.id}`}>{taxRatePlace(rate)}</Link> },
              { header: 'Applies to', cell: (rate) => taxRateGoods(rate.category) },
              { header: 'Rate', numeric: true, cell: (rate) => `${rate.percentage} %` },
              { header: 'Delete', actions: true, cell: (rate) => <DeleteTaxRate rate={rate} /> },
            ]}
          />
        </Panel>
      )}
    </SettingsPage>
  );
}

export function DeleteTaxRate({ rate, ...rest }: { rate: TaxRate; size?: 'm'; onSuccess?: () => void }) {
  const queries = useQueryClient();
  return (
    <DeleteRule
      what={`the tax rate for ${taxRatePlace(rate)} (${taxRateGoods(rate.category).toLowerCase()})`}
      remove={() => deleteTaxRate(rate.id)}
      onSettled={() => queries.invalidateQueries({ queryKey: taxRatesQuery.queryKey, exact: true })}
      {...rest}
    >
      New orders no longer have this tax. Existing orders keep theirs.
    </DeleteRule>
  );
}
