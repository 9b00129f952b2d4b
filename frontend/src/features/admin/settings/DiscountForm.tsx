import { type ReactNode, useState } from 'react';
import { ButtonLink } from '@/components/ui/Button';
import { Checkbox, TextField } from '@/components/ui/Field';
import type { Discount, DiscountData } from '@/lib/api/types';
import { useShopCurrency } from '@/lib/shop';
import { SegmentedControl } from '../components/SegmentedControl';
import { toLocalInput } from '../lib/formFields';
import { DISCOUNT_FIELDS, DISCOUNTS, parseDiscount } from './discounts';
import { RuleForm } from './RuleForm';
import styles from './Settings.module.css';

const KINDS = { percentage: 'Percentage', amount: 'Fixed amount' } as const;
type Kind = keyof typeof KINDS;

/** A new discount code, or one that is edited. */
export function DiscountForm({ discount, send, onSuccess, otherActions = <ButtonLink to={DISCOUNTS.parent.to}>Cancel</ButtonLink> }: {
  discount: Discount | undefined;
  send: (body: DiscountData) => Promise<Discount>;
  onSuccess: (discount: Discount) => void;
  otherActions?: ReactNode;
}) {
  const currency = useShopCurrency();
  const [kind, setKind] = useState<Kind>(typeof discount?.amount === 'number' ? 'amount' : 'percentage');
  return (
    <RuleForm
      title="Discount"
      fields={DISCOUNT_FIELDS}
      parse={parseDiscount}
      send={send}
      onSuccess={onSuccess}
      submitLabel={discount ? 'Save' : 'Add discount code'}
      otherActions={otherActions}
    >
      {(fieldError) => (
        <>
          <TextField
            label="Code"
            name="code"
            autoComplete="off"
            autoCapitalize="characters"
            spellCheck={false}
            required
            defaultValue={discount?.code}
            hint="Upper and lower case are the same."
            error={fieldError('code')}
          />
          <SegmentedControl label="Kind of discount" name="kind" options={KINDS} selected={kind} onSelect={setKind} />
          <div className={styles.pair}>
            {kind === 'percentage' ? (
              <TextField
                key="percentage"
                label="Discount in percent"
                name="percentage"
                inputMode="decimal"
                autoComplete="off"
                required
                defaultValue={discount?.percentage ?? undefined}
                error={fieldError('percentage')}
              />
            ) : (
              <TextField
                key="amount"
                label={`Discount in ${currency}`}
                name="amount"
                inputMode="decimal"
                autoComplete="off"
                required
                defaultValue={discount?.amount?.toFixed(2)}
                error={fieldError('amount')}
              />
            )}
            <TextField
              label={`Minimum subtotal in ${currency}`}
              name="minimumSubtotal"
              inputMode="decimal"
              autoComplete="off"
              defaultValue={discount && discount.minimumSubtotal > 0 ? discount.minimumSubtotal.toFixed(2) : ''}
              hint="Leave empty for none."
              error={fieldError('minimumSubtotal')}
            />
          </div>
          <div className={styles.pair}>
            <TextField label="Starts" name="startsAt" type="datetime-local" defaultValue={toLocalInput(discount?.startsAt)} hint="In your time zone. Leave empty to start now." error={fieldError('startsAt')} />
            <TextField label="Ends" name="endsAt" type="datetime-local" defaultValue={toLocalInput(discount?.endsAt)} hint="Leave empty for no end." error={fieldError('endsAt')} />
          </div>
          <div className={styles.pair}>
            <TextField
              label="Total uses"
              name="maxUses"
              inputMode="numeric"
              autoComplete="off"
              defaultValue={discount?.maxUses ?? undefined}
              hint={discount ? `Used ${discount.uses} times so far. Leave empty for no limit.` : 'Leave empty for no limit.'}
              error={fieldError('maxUses')}
            />
            <TextField
              label="Uses per customer"
              name="maxUsesPerCustomer"
              inputMode="numeric"
              autoComplete="off"
              defaultValue={discount?.maxUsesPerCustomer ?? undefined}
              hint="Leave empty for no limit."
              error={fieldError('maxUsesPerCustomer')}
            />
          </div>
          <Checkbox label="Active: customers can use it" name="active" defaultChecked={discount?.active ?? true} />
        </>
      )}
    </RuleForm>
  );
}
