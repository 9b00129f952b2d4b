import { useState } from 'react';
import { AddressFields } from '@/components/ui/AddressFields';
import { Checkbox } from '@/components/ui/Field';
import { addressLines } from '@/lib/address';
import type { SavedAddress, User } from '@/lib/api/types';
import styles from './checkout.module.css';
import { ADDRESS_CHOICE, ADDRESS_PREFIX, NEW_ADDRESS } from './draft';

type Props = {
  addresses: readonly SavedAddress[];
  /** Has a name, and no address book to save to. */
  guest: User | undefined;
  fieldError: (field: string) => string | undefined;
  locked: boolean;
};

/** One of the saved addresses, or a new one that a browser can fill in. */
export function AddressField({ addresses, guest, fieldError, locked }: Props) {
  const [chosen, setChosen] = useState(String(addresses[0]?.id ?? NEW_ADDRESS));
  const choice = addresses.some(({ id }) => String(id) === chosen) ? chosen : NEW_ADDRESS;
  // The API’s error of an address that is not being typed.
  const error = choice === NEW_ADDRESS ? undefined : firstError(fieldError);
  return (
    <fieldset className={styles.section} disabled={locked}>
      <legend>Where should it go?</legend>
      {addresses.map((address) => (
        <Choice key={address.id} value={String(address.id)} choice={choice} onChoose={setChosen} title={address.name} text={addressLines(address).join(', ')} />
      ))}
      {addresses.length > 0 && <Choice value={NEW_ADDRESS} choice={choice} onChoose={setChosen} title="Another address" />}
      {error !== undefined && (
        <p role="alert" className={styles.error}>
          {error}
        </p>
      )}
      {choice === NEW_ADDRESS && (
        <>
          <AddressFields prefix={ADDRESS_PREFIX} before={guest && { name: guest.name }} fieldError={fieldError} />
          {!guest && <Checkbox label="Save to my addresses" name="saveAddress" />}
        </>
      )}
    </fieldset>
  );
}

type ChoiceProps = { value: string; choice: string; onChoose: (value: string) => void; title: string; text?: string };

function Choice({ value, choice, onChoose, title, text }: ChoiceProps) {
  return (
    <label className={styles.method}>
      <input type="radio" name={ADDRESS_CHOICE} value={value} checked={value === choice} onChange={() => onChoose(value)} />
      <span>
        <strong>{title}</strong>
        {text !== undefined && <span className={styles.muted}>{text}</span>}
      </span>
    </label>
  );
}

function firstError(fieldError: (field: string) => string | undefined): string | undefined {
  const fields = ['country', 'postalCode', 'region', 'city', 'line1', 'line2', 'name', 'phone'].map((field) => ADDRESS_PREFIX + field);
  return ['shippingAddress', ...fields].map(fieldError).find((error) => error !== undefined);
}
