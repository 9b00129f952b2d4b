import { useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { AddressFields } from '@/components/ui/AddressFields';
import { Button } from '@/components/ui/Button';
import { Checkbox } from '@/components/ui/Field';
import { FormAlert } from '@/components/ui/FormAlert';
import { LeaveGuard } from '@/components/ui/LeaveGuard';
import { showToast } from '@/components/ui/Toasts';
import type { SavedAddress } from '@/lib/api/types';
import { keepUserOnExpiry } from '@/lib/session';
import { useForm } from '@/lib/useForm';
import styles from './addresses.module.css';
import { ADDRESS_FORM_FIELDS, addressesQuery, parseAddressForm, saveAddress } from './addresses';

type Props = {
  userId: number;
  /** The address that is edited; undefined for a new one. */
  before?: SavedAddress | undefined;
  /** A new address is the default anyway if there is no other. */
  isFirst: boolean;
  onClose: () => void;
};

export function AddressForm({ userId, before, isFirst, onClose }: Props) {
  const queries = useQueryClient();
  const { form, submit, submitting, fieldError, formError, isDirty } = useForm(
    ADDRESS_FORM_FIELDS,
    async (data) => {
      const saved = await saveAddress(parseAddressForm(data), before?.id);
      await queries.invalidateQueries({ queryKey: addressesQuery(userId).queryKey });
      return saved;
    },
    () => {
      showToast('Your address has been saved.', 'good');
      onClose();
    },
  );
  useEffect(keepUserOnExpiry, []);
  // The form was opened by the user, so it takes the focus.
  useEffect(() => form.current?.querySelector('input')?.focus(), [form]);
  return (
    <form ref={form} onSubmit={submit} className={styles.form} noValidate>
      <LeaveGuard isDirty={isDirty} />
      <FormAlert error={formError} />
      <AddressFields before={before} fieldError={fieldError} />
      {!isFirst && !before?.isDefault && <Checkbox label="Use as my default address" name="isDefault" />}
      <div className={styles.actions}>
        <Button type="submit" variant="primary" loading={submitting}>
          Save address
        </Button>
        <Button variant="ghost" onClick={onClose}>
          Cancel
        </Button>
      </div>
    </form>
  );
}
