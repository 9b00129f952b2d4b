import { useQueryClient } from '@tanstack/react-query';
import { Button } from '@/components/ui/Button';
import { TextArea } from '@/components/ui/Field';
import { FormAlert } from '@/components/ui/FormAlert';
import { showToast } from '@/components/ui/Toasts';
import type { Return } from '@/lib/api/types';
import { formText, useForm } from '@/lib/useForm';
import { decideReturn } from './decideReturn';
import styles from './Orders.module.css';
import { refreshOrders } from './queries';
import { MAX_TEXT, rejectRequest } from './returns';

const FIELDS = ['note'] as const;

export function RejectForm({ one, nth, onClose }: { one: Return; nth: number; onClose: () => void }) {
  const queries = useQueryClient();
  const { form, submit, submitting, fieldError, formError } = useForm(
    FIELDS,
    // Refreshes the order after a success and after an error: another admin may have decided.
    async (data) => decideReturn(one, rejectRequest((field) => formText(data, field))).finally(() => void refreshOrders(queries)),
    () => {
      showToast(`Return ${nth} has been rejected. The customer has been notified.`, 'good');
      onClose();
    },
  );
  return (
    <form ref={form} onSubmit={submit} className={styles.form} noValidate>
      <p className={styles.muted}>The items stay with the customer, who is notified and can ask again. This cannot be undone.</p>
      <FormAlert error={formError} />
      <TextArea label="Note to the customer (optional)" name="note" autoComplete="off" maxLength={MAX_TEXT} error={fieldError('note')} />
      <div className={styles.formActions}>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" variant="danger" loading={submitting}>
          Reject return
        </Button>
      </div>
    </form>
  );
}
