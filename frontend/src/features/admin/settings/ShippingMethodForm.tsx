import { useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { useNavigate } from 'react-router';
import { ButtonLink } from '@/components/ui/Button';
import { Checkbox, TextField } from '@/components/ui/Field';
import { SKIP_LEAVE_GUARD } from '@/components/ui/LeaveGuard';
import { showToast } from '@/components/ui/Toasts';
import type { ShippingMethod, ShippingMethodData } from '@/lib/api/types';
import { toProblem } from '@/lib/api/problem';
import { useShopCurrency } from '@/lib/shop';
import { AdminPage } from '../components/AdminPage';
import { RuleForm } from './RuleForm';
import { RulePage } from './RulePage';
import styles from './Settings.module.css';
import { DeleteShippingMethod } from './ShippingMethodsPage';
import {
  createShippingMethod,
  describeCountries,
  loadShippingMethod,
  parseCountries,
  parseShippingMethod,
  saveShippingMethod,
  SHIPPING,
  SHIPPING_FIELDS,
  SHIPPING_KEY,
  shippingMethodsQuery,
} from './shippingMethods';

const LIST = SHIPPING.parent.to;

/** Afterwards the list shows the method. */
function useSaved(): (method: ShippingMethod) => void {
  const queries = useQueryClient();
  const navigate = useNavigate();
  return ({ name }) => {
    showToast(`“${name}” has been saved.`, 'good');
    void queries.invalidateQueries({ queryKey: shippingMethodsQuery.queryKey, exact: true });
    void navigate(LIST, { state: SKIP_LEAVE_GUARD });
  };
}

export function NewShippingMethodPage() {
  const saved = useSaved();
  return (
    <AdminPage title="New shipping method" parent={SHIPPING.parent}>
      <Form method={undefined} send={createShippingMethod} onSuccess={saved} />
    </AdminPage>
  );
}

export function EditShippingMethodPage() {
  const saved = useSaved();
  const navigate = useNavigate();
  return (
    <RulePage words={SHIPPING} queryKey={SHIPPING_KEY} load={loadShippingMethod} title={({ value }) => value.name}>
      {(edited) => (
        <Form
          method={edited.value}
          send={(body) => saveShippingMethod(edited, body)}
          onSuccess={saved}
          otherActions={<DeleteShippingMethod method={edited.value} size="m" onSuccess={() => void navigate(LIST, { state: SKIP_LEAVE_GUARD })} />}
        />
      )}
    </RulePage>
  );
}

function Form({ method, send, onSuccess, otherActions = <ButtonLink to={LIST}>Cancel</ButtonLink> }: {
  method: ShippingMethod | undefined;
  send: (body: ShippingMethodData) => Promise<ShippingMethod>;
  onSuccess: (method: ShippingMethod) => void;
  otherActions?: ReactNode;
}) {
  const currency = useShopCurrency();
  const [countries, setCountries] = useState(method?.countries.join(', ') ?? '');
  return (
    <RuleForm
      title="Method"
      fields={SHIPPING_FIELDS}
      parse={parseShippingMethod}
      send={send}
      onSuccess={onSuccess}
      submitLabel={method ? 'Save' : 'Add shipping method'}
      otherActions={otherActions}
    >
      {(fieldError) => (
        <>
          <TextField label="Name" name="name" autoComplete="off" required defaultValue={method?.name} hint="As customers see it at checkout." error={fieldError('name')} />
          <div className={styles.pair}>
            <TextField label={`Price in ${currency}`} name="price" inputMode="decimal" autoComplete="off" required defaultValue={method?.price.toFixed(2)} error={fieldError('price')} />
            <TextField
              label={`Free from a subtotal of, in ${currency}`}
              name="freeAbove"
              inputMode="decimal"
              autoComplete="off"
              defaultValue={method?.freeAbove?.toFixed(2)}
              hint="After discounts. Leave empty if it is never free."
              error={fieldError('freeAbove')}
            />
          </div>
          <TextField
            label="Countries"
            name="countries"
            autoComplete="off"
            value={countries}
            onChange={(event) => setCountries(event.target.value)}
            hint={`Codes such as DE, AT, CH. ${countriesHint(countries)}`}
            error={fieldError('countries')}
          />
          <div className={styles.pair}>
            <TextField label="Fewest days until delivery" name="minDays" inputMode="numeric" autoComplete="off" required defaultValue={method?.minDays} error={fieldError('minDays')} />
            <TextField label="Most days until delivery" name="maxDays" inputMode="numeric" autoComplete="off" required defaultValue={method?.maxDays} error={fieldError('maxDays')} />
          </div>
          <Checkbox label="Active: customers can choose it" name="active" defaultChecked={method?.active ?? true} />
        </>
      )}
    </RuleForm>
  );
}

function countriesHint(text: string): string {
  try {
    const codes = parseCountries(text, 'countries');
    return codes.length === 0 ? 'Leave empty for every country.' : `Delivers to: ${describeCountries(codes)}.`;
  } catch (error) {
    return toProblem(error).fields.length > 0 ? 'Not all of these are codes of countries.' : '';
  }
}
