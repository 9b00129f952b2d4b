import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Checkbox, SelectField, TextField } from '@/components/ui/Field';
import { LoadError, Loading, Skeleton } from '@/components/ui/State';
import { showToast } from '@/components/ui/Toasts';
import type { ShopSettings } from '@/lib/api/types';
import { shopCurrency, shopQuery } from '@/lib/shop';
import type { Versioned } from '../lib/versioned';
import { CountrySelect } from './CountrySelect';
import { RuleForm } from './RuleForm';
import styles from './Settings.module.css';
import { SettingsPage } from './SettingsPage';
import { CURRENCIES, parseShopSettings, saveShopSettings, SHOP_FIELDS, shopSettingsQuery, shopWarnings } from './shopSettings';

export function ShopSettingsPage() {
  const { data, error, isPending, refetch, dataUpdatedAt } = useQuery(shopSettingsQuery);
  return (
    <SettingsPage title="Settings" lead="What holds for the whole shop.">
      {isPending && (
        <Loading what="the settings">
          <Skeleton lines={8} />
        </Loading>
      )}
      {error && <LoadError error={error} onRetry={() => void refetch()} />}
      {data && <Form key={dataUpdatedAt} edited={data} onSuccess={() => void refetch()} />}
    </SettingsPage>
  );
}

function Form({ edited, onSuccess }: { edited: Versioned<ShopSettings>; onSuccess: () => void }) {
  const settings = edited.value;
  const queries = useQueryClient();
  const saved = ({ name = null, currency, pricesIncludeTax }: ShopSettings) => {
    shopCurrency.set(currency);
    queries.setQueryData(shopQuery.queryKey, { name, currency, pricesIncludeTax });
    showToast('The settings have been saved.', 'good');
    onSuccess();
  };
  return (
    <RuleForm
      title="Shop"
      fields={SHOP_FIELDS}
      parse={parseShopSettings}
      warnings={(body) => shopWarnings(settings, body)}
      send={(body) => saveShopSettings(edited, body)}
      onSuccess={saved}
      submitLabel="Save"
    >
      {(fieldError) => (
        <>
          <div className={styles.pair}>
            <SelectField label="Currency" name="currency" defaultValue={settings.currency} hint="Of all prices. Orders keep the one they were placed in." error={fieldError('currency')}>
              {CURRENCIES.map((currency) => (
                <option key={currency} value={currency}>
                  {currency}
                </option>
              ))}
            </SelectField>
            <CountrySelect label="Home country" name="homeCountry" defaultValue={settings.homeCountry} hint="For the tax of orders without an address." error={fieldError('homeCountry')} />
          </div>
          <div className={styles.pair}>
            <SelectField label="Prices" name="pricesIncludeTax" defaultValue={String(settings.pricesIncludeTax)} error={fieldError('pricesIncludeTax')}>
              <option value="true">include tax</option>
              <option value="false">do not include tax: it is added at checkout</option>
            </SelectField>
            <TextField
              label="Days to return goods"
              name="returnDays"
              inputMode="numeric"
              autoComplete="off"
              required
              defaultValue={settings.returnDays}
              hint="After delivery."
              error={fieldError('returnDays')}
            />
          </div>
          <Checkbox label="Orders must have a shipping address" name="addressRequired" defaultChecked={settings.addressRequired} />
          <InvoiceFields settings={settings} fieldError={fieldError} />
        </>
      )}
    </RuleForm>
  );
}

/** Name and address of the shop. Nothing is autofilled: it is not the admin's own address. */
function InvoiceFields({ settings: { name, address, homeCountry }, fieldError }: { settings: ShopSettings; fieldError: (field: string) => string | undefined }) {
  const text = (label: string, field: 'line1' | 'line2' | 'city' | 'region' | 'postalCode') => (
    <TextField label={label} name={`address.${field}`} autoComplete="off" defaultValue={address?.[field] ?? ''} error={fieldError(`address.${field}`) ?? undefined} />
  );
  return (
    <fieldset className={styles.choice}>
      <legend>On invoices</legend>
      <TextField label="Name of the shop" name="name" autoComplete="off" defaultValue={name ?? ''} error={fieldError('name')} />
      {text('Street and number', 'line1')}
      {text('Address line 2 (optional)', 'line2')}
      <div className={styles.pair}>
        {text('Postal code', 'postalCode')}
        {text('City', 'city')}
      </div>
      <div className={styles.pair}>
        {text('Region (optional)', 'region')}
        <CountrySelect label="Country" name="address.country" defaultValue={address?.country ?? homeCountry} error={fieldError('address.country')} />
      </div>
    </fieldset>
  );
}
