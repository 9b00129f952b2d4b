import { type AddressField, allCountries, countryOfLanguage } from '@/lib/address';
import type { Address } from '@/lib/api/types';
import styles from './AddressFields.module.css';
import { SelectField, TextField } from './Field';

type Props = {
  /** Before the fields' names, such as `shippingAddress.`: the API names errors like that. */
  prefix?: string;
  /** What is known already. */
  before?: Partial<Address> | undefined;
  /** The API's error for this field, by its name with the prefix. */
  fieldError: (field: string) => string | undefined;
};

/** The fields of a postal address, which a browser can fill in. `parseAddress` reads them. */
export function AddressFields({ prefix = '', before, fieldError }: Props) {
  const field = (name: AddressField, autofill: string) => ({
    name: prefix + name,
    autoComplete: `shipping ${autofill}`,
    defaultValue: before?.[name] ?? '',
    error: fieldError(prefix + name),
  });
  const country = field('country', 'country');
  return (
    <div className={styles.fields}>
      <TextField label="Full name" required {...field('name', 'name')} />
      <TextField label="Street and house number" required {...field('line1', 'address-line1')} />
      <TextField label="Apartment, floor or company (optional)" {...field('line2', 'address-line2')} />
      <div className={styles.town}>
        <TextField label="Postal code" required autoCapitalize="characters" {...field('postalCode', 'postal-code')} />
        <TextField label="City" required {...field('city', 'address-level2')} />
      </div>
      <div className={styles.pair}>
        <TextField label="State or region (optional)" {...field('region', 'address-level1')} />
        <SelectField label="Country" required {...country} defaultValue={country.defaultValue || (countryOfLanguage(navigator.language) ?? '')}>
          <option value="">Select a country</option>
          {allCountries().map(({ code, name }) => (
            <option key={code} value={code}>
              {name}
            </option>
          ))}
        </SelectField>
      </div>
      <TextField label="Phone (optional)" type="tel" hint="For questions about the delivery." {...field('phone', 'tel')} />
    </div>
  );
}
