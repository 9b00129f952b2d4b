import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from 'react-router';
import { SKIP_LEAVE_GUARD } from '@/components/ui/LeaveGuard';
import { showToast } from '@/components/ui/Toasts';
import type { Discount } from '@/lib/api/types';
import { formatDate } from '@/lib/dates';
import { AdminPage } from '../components/AdminPage';
import { DiscountForm } from './DiscountForm';
import { DeleteDiscount } from './DiscountsPage';
import { createDiscount, describeUses, DISCOUNTS, DISCOUNTS_KEY, discountsQuery, loadDiscount, saveDiscount } from './discounts';
import { RulePage } from './RulePage';

const LIST = DISCOUNTS.parent.to;

/** Afterwards the list shows the code. */
function useSaved(): (discount: Discount) => void {
  const queries = useQueryClient();
  const navigate = useNavigate();
  return ({ code }) => {
    showToast(`The discount code ${code} has been saved.`, 'good');
    void queries.invalidateQueries({ queryKey: discountsQuery.queryKey });
    void navigate(LIST, { state: SKIP_LEAVE_GUARD });
  };
}

export function NewDiscountPage() {
  const saved = useSaved();
  return (
    <AdminPage title="New discount code" parent={DISCOUNTS.parent}>
      <DiscountForm discount={undefined} send={createDiscount} onSuccess={saved} />
    </AdminPage>
  );
}

export function EditDiscountPage() {
  const saved = useSaved();
  const navigate = useNavigate();
  return (
    <RulePage
      words={DISCOUNTS}
      queryKey={DISCOUNTS_KEY}
      load={loadDiscount}
      title={({ value }) => value.code}
      lead={({ value }) => `Added ${formatDate(value.createdAt)} · Used ${describeUses(value)} times`}
    >
      {(edited) => (
        <DiscountForm
          discount={edited.value}
          send={(body) => saveDiscount(edited, body)}
          onSuccess={saved}
          otherActions={<DeleteDiscount discount={edited.value} size="m" onSuccess={() => void navigate(LIST, { state: SKIP_LEAVE_GUARD })} />}
        />
      )}
    </RulePage>
  );
}
