import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from 'react-router';
import { ButtonLink } from '@/components/ui/Button';
import { SelectField, TextField } from '@/components/ui/Field';
import { SKIP_LEAVE_GUARD } from '@/components/ui/LeaveGuard';
import { showToast } from '@/components/ui/Toasts';
import { api, unwrap } from '@/lib/api/client';
import type { TaxRate, TaxRateData } from '@/lib/api/types';
import { AdminPage } from '../components/AdminPage';
import { CountrySelect } from './CountrySelect';
import { RuleForm } from './RuleForm';
import { RulePage } from './RulePage';
import styles from './Settings.module.css';
import { DeleteTaxRate } from './TaxRatesPage';
import {
  createTaxRate,
  loadTaxRate,
  parseTaxRate,
  saveTaxRate,
  SHIPPING_CATEGORY,
  TAX_RATE_FIELDS,
  TAX_RATES,
  TAX_RATES_KEY,
  taxRateGoods,
  taxRatePlace,
  taxRatesQuery,
} from './taxRates';

const LIST = TAX_RATES.parent.to;

/** Afterwards the list shows the rate. */
function useSaved(): (rate: TaxRate) => void {
  const queries = useQueryClient();
  const navigate = useNavigate();
  return (rate) => {
    showToast(`The tax rate for ${taxRatePlace(rate)} has been saved.`, 'good');
    void queries.invalidateQueries({ queryKey: taxRatesQuery.queryKey, exact: true });
    void navigate(LIST, { state: SKIP_LEAVE_GUARD });
  };
}

export function NewTaxRatePage() {
  const saved = useSaved();
  return (
    <AdminPage title="New tax rate" parent={TAX_RATES.parent}>
      <Form rate={undefined} send={createTaxRate} onSuccess={saved} />
    </AdminPage>
  );
}

export function EditTaxRatePage() {
  const saved = useSaved();
  const navigate = useNavigate();
  return (
    <RulePage words={TAX_RATES} queryKey={TAX_RATES_KEY} load={loadTaxRate} title={({ value }) => taxRatePlace(value)} lead={({ value }) => `Applies to: ${taxRateGoods(value.category).toLowerCase()}`}>
      {(edited) => (
        <Form
          rate={edited.value}
          send={(body) => saveTaxRate(edited, body)}
          onSuccess={saved}
          otherActions={<DeleteTaxRate rate={edited.value} size="m" onSuccess={() => void navigate(LIST, { state: SKIP_LEAVE_GUARD })} />}
        />
      )}
    </RulePage>
  );
}

const CATEGORIES = {
  queryKey: ['products', 'categories'],
  queryFn: ({ signal }: { signal: AbortSignal }) => unwrap(api.GET('/api/products/categories', { signal })),
};

function Form({ rate, send, onSuccess, otherActions = <ButtonLink to={LIST}>Cancel</ButtonLink> }: {
  rate: TaxRate | undefined;
  send: (body: TaxRateData) => Promise<TaxRate>;
  onSuccess: (rate: TaxRate) => void;
  otherActions?: React.ReactNode;
}) {
  const loaded = useQuery(CATEGORIES).data?.map(({ category }) => category) ?? [];
  // The category of this rate stays a choice, even if no product has it any more.
  const categories = [...new Set([...loaded, ...(rate?.category && rate.category !== SHIPPING_CATEGORY ? [rate.category] : [])])];
  return (
    <RuleForm title="Rate" fields={TAX_RATE_FIELDS} parse={parseTaxRate} send={send} onSuccess={onSuccess} submitLabel={rate ? 'Save' : 'Add tax rate'} otherActions={otherActions}>
      {(fieldError) => (
        <>
          <div className={styles.pair}>
            <CountrySelect label="Country" name="country" defaultValue={rate?.country ?? 'DE'} error={fieldError('country')} />
            <TextField
              label="Region"
              name="region"
              autoComplete="off"
              defaultValue={rate?.region ?? ''}
              hint="Leave empty for the whole country. Otherwise as customers write it in their address."
              error={fieldError('region')}
            />
          </div>
          <div className={styles.pair}>
            <SelectField key={categories.length} label="Applies to" name="category" defaultValue={rate?.category ?? ''} error={fieldError('category')}>
              <option value="">Everything</option>
              <option value={SHIPPING_CATEGORY}>Shipping</option>
              {categories.map((category) => (
                <option key={category} value={category}>
                  {category}
                </option>
              ))}
            </SelectField>
            <TextField
              label="Rate in percent"
              name="percentage"
              inputMode="decimal"
              autoComplete="off"
              required
              defaultValue={rate?.percentage}
              error={fieldError('percentage')}
            />
          </div>
        </>
      )}
    </RuleForm>
  );
}
