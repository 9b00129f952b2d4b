import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Button } from '@/components/ui/Button';
import { TextField } from '@/components/ui/Field';
import { FormAlert } from '@/components/ui/FormAlert';
import { LeaveGuard } from '@/components/ui/LeaveGuard';
import { Notice } from '@/components/ui/State';
import { showToast } from '@/components/ui/Toasts';
import { UnconfirmedRequest } from '@/components/ui/UnconfirmedRequest';
import { type Problem, problemMessage } from '@/lib/api/problem';
import type { Stock } from '@/lib/api/types';
import { formatCount } from '@/lib/text';
import { formText, SubmitCancelled, useForm } from '@/lib/useForm';
import { SegmentedControl } from '../components/SegmentedControl';
import { useConfirm } from '../components/useConfirm';
import { formatDelta, MOVEMENT_TYPES, type MovementType, movementWarning, parseMovement, reservedText, stockAfter } from './movement';
import { refreshStock } from './queries';
import { attemptSubject, type MovementRequest, saveMovement, saveMovementOnce } from './saveMovement';
import styles from './Stock.module.css';

const LABELS: Record<MovementType, string> = { in: 'Units received', out: 'Units removed', count: 'Units counted, including reserved' };

const FIELDS = ['quantity', 'reason'] as const;

/** Changes the stock. A count applies only to the stock that is shown: a sale in the meantime is reported. */
export function MovementForm({ stock, etag }: { stock: Stock; etag: string | null }) {
  const queries = useQueryClient();
  const [type, setType] = useState<MovementType>('in');
  const [quantity, setQuantity] = useState('');
  const [reason, setReason] = useState('');
  const after = stockAfter(stock, type, quantity);
  const onSaved = ({ quantity: newQuantity }: Stock) => {
    showToast(`Stock is now ${formatCount(newQuantity, 'unit')}.`, 'good');
    setQuantity('');
    setReason('');
  };
  const { confirm, dialog } = useConfirm();
  const { form, submit, submitting, fieldError, formError, isDirty } = useForm(
    FIELDS,
    async (data) => {
      const movement = parseMovement(type, formText(data, 'quantity'), formText(data, 'reason'));
      const warning = movementWarning(stock, movement);
      const confirmation = { title: 'Is this correct?', text: warning, confirmLabel: 'Save anyway', cancelLabel: 'Go back' };
      if (warning !== undefined && !(await confirm(confirmation))) throw new SubmitCancelled();
      // Refreshes the stock after a success and after an error.
      return saveMovementOnce(stock.productId, etag, movement).finally(() => void refreshStock(queries, stock.productId));
    },
    onSaved,
  );

  return (
    <form ref={form} onSubmit={submit} noValidate className={styles.form}>
      <SegmentedControl label="Type of change" name="type" options={MOVEMENT_TYPES} selected={type} onSelect={setType} />
      {dialog}
      <LeaveGuard isDirty={isDirty} />
      {!submitting && (
        <UnconfirmedRequest
          subject={attemptSubject(stock.productId)}
          describe={describeMovement}
          send={saveMovement(stock.productId)}
          onDone={onSaved}
          onSettled={() => void refreshStock(queries, stock.productId)}
        />
      )}
      <FormAlert error={formError}>{formError && <span>{problemText(formError.problem, stock)}</span>}</FormAlert>
      <TextField
        label={LABELS[type]}
        name="quantity"
        inputMode="numeric"
        autoComplete="off"
        required
        value={quantity}
        onChange={(event) => setQuantity(event.target.value)}
        hint={stockHint(stock, after)}
        error={fieldError('quantity')}
      />
      <TextField
        label="Reason"
        name="reason"
        autoComplete="off"
        value={reason}
        onChange={(event) => setReason(event.target.value)}
        hint="Shown in the ledger, for example “Delivery 7”, “broken” or “yearly count”."
        error={fieldError('reason')}
      />
      {after && after.available < 0 && stock.reserved > 0 && <Notice tone="warn">{reservedText(stock)}</Notice>}
      <Button type="submit" variant="primary" loading={submitting}>
        Save
      </Button>
    </form>
  );
}

function describeMovement({ movement }: MovementRequest): string {
  return 'quantity' in movement ? `A stock count of ${formatCount(movement.quantity, 'unit')}` : `A stock change of ${formatDelta(movement.delta)}`;
}

function stockHint(stock: Stock, after: ReturnType<typeof stockAfter>): string {
  const [when, { quantity, available }] = after ? ['New stock', after] : ['Current stock', stock];
  return `${when}: ${formatCount(quantity, 'unit')}, ${Math.max(0, available).toLocaleString('en')} available.`;
}

function problemText(problem: Problem, stock: Stock): string {
  if (problem.code === 'stale') return `The stock has changed in the meantime: it is now ${stock.quantity}. Check your count and save it again.`;
  if (problem.code !== 'below_reserved') return problemMessage(problem);
  return stock.reserved > 0 ? `Nothing was changed. ${reservedText(stock)}` : `Nothing was changed: there are only ${formatCount(stock.quantity, 'unit')}.`;
}
