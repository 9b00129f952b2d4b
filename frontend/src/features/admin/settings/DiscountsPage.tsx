import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from 'react-router';
import { ButtonLink } from '@/components/ui/Button';
import { Icon } from '@/components/ui/Icon';
import { EmptyState } from '@/components/ui/State';
import type { Discount } from '@/lib/api/types';
import { formatMoney } from '@/lib/money';
import { useShopCurrency } from '@/lib/shop';
import { useNow } from '@/lib/useNow';
import { Badge } from '../components/Badge';
import { PagedList } from '../components/PagedList';
import { Panel } from '../components/Panel';
import { Table } from '../components/Table';
import { DeleteRule } from './DeleteRule';
import { deleteDiscount, describePeriod, describeUses, describeValue, discountsQuery, discountState } from './discounts';
import styles from './Settings.module.css';
import { SettingsPage } from './SettingsPage';

export function DiscountsPage() {
  const list = useInfiniteQuery(discountsQuery);
  const currency = useShopCurrency();
  return (
    <SettingsPage
      title="Discount codes"
      lead="Customers enter a code at checkout. It lowers the price of goods, not of shipping."
      actions={
        <ButtonLink to="/admin/settings/discounts/new" variant="primary">
          <Icon name="plus" size={20} /> New discount code
        </ButtonLink>
      }
    >
      <Panel title="Codes" flush>
        <PagedList
          query={list}
          singular="discount code"
          empty={
            <EmptyState icon="package" title="No discount codes yet">
              <p>Add one to offer a lower price to those who know it.</p>
            </EmptyState>
          }
        >
          {(discounts) => (
            <Table
              caption="Discount codes"
              rows={discounts}
              rowKey={(discount) => discount.id}
              columns={[
                { header: 'Code', rowHeader: true, cell: ({ id, code }) => <Link to={`/admin/settings/discounts/${id}`}>{code}</Link> },
                { header: 'Discount', numeric: true, cell: (discount) => describeValue(discount, currency) },
                { header: 'Conditions', cell: (discount) => <Conditions discount={discount} currency={currency} /> },
                { header: 'Uses', numeric: true, cell: describeUses },
                { header: 'Status', cell: (discount) => <State discount={discount} /> },
                { header: 'Delete', actions: true, cell: (discount) => <DeleteDiscount discount={discount} /> },
              ]}
            />
          )}
        </PagedList>
      </Panel>
    </SettingsPage>
  );
}

function Conditions({ discount, currency }: { discount: Discount; currency: string }) {
  const { minimumSubtotal, maxUsesPerCustomer } = discount;
  const conditions = [
    minimumSubtotal > 0 && `from ${formatMoney(minimumSubtotal, currency)}`,
    describePeriod(discount),
    typeof maxUsesPerCustomer === 'number' && `${maxUsesPerCustomer} per customer`,
  ].filter((condition) => typeof condition === 'string');
  if (conditions.length === 0) return 'None';
  return (
    <span className={styles.stacked}>
      {conditions.map((condition) => (
        <span key={condition}>{condition}</span>
      ))}
    </span>
  );
}

function State({ discount }: { discount: Discount }) {
  const { label, usable } = discountState(discount, useNow());
  return <Badge tone={usable ? 'good' : 'plain'}>{label}</Badge>;
}

/** The API refuses to delete a code that orders have used; its message says what to do instead. */
export function DeleteDiscount({ discount: { id, code }, ...rest }: { discount: Discount; size?: 'm'; onSuccess?: () => void }) {
  const queries = useQueryClient();
  return (
    <DeleteRule what={`the discount code ${code}`} remove={() => deleteDiscount(id)} onSettled={() => queries.invalidateQueries({ queryKey: discountsQuery.queryKey })} {...rest}>
      Customers can no longer use it. A code that was used cannot be deleted, but you can deactivate it.
    </DeleteRule>
  );
}
