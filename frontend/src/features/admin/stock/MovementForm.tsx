import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Button } from '@/components/ui/Button';
import { TextField } from '@/components/ui/Field';
import { FormAlert } from '@/components/ui/FormAlert';
import { LeaveGuard } from '@/components/ui/LeaveGuard';
import { Notice } from '@/components/ui/State';
import { showToast } from '@/components/ui/Toasts';
import { type Problem, problemMessage } from '@/lib/api/problem';
import type { Stock } from '@/lib/api/types';
import { formatCount } from '@/lib/text';
import { formText, SubmitCancelled, useForm } from '@/lib/useForm';
import { SegmentedControl } from '../components/SegmentedControl';
import { UnconfirmedRequest } from '../components/UnconfirmedRequest';
import { useConfirm } from '../components/useConfirm';
import { formatDelta, MOVEMENT_TYPES, type MovementType, movementWarning, parseMovement, reservedText, stockAfter } from './movement';
import { refreshStock } from './queries';
import { attemptSubject, type MovementRequest, saveMovement, saveMovementOnce } from './saveMovement';
import styles from './Stock.module.css';

const LABELS: Record<MovementType, string> = { in: 'Units received', out: 'Units removed', count: 'Units counted, including reserved' };

const FIELDS = ['pieces', 'reason'] as const;

/** Changes the stock. A count applies only to the stock that is shown: a sale in the meantime is reported. */
export function MovementForm({ stock, etag }: { stock: Stock; etag: string | null }) {
  const queries = useQueryClient();
  const [way, setWay] = useState<MovementType>('in');
  const [pieces, setPieces] = useState('');
  const [reason, setReason] = useState('');
  const after = stockAfter(stock, way, pieces);
  const moved = ({ quantity }: Stock) => {
    showToast(`Stock is now ${formatCount(quantity, 'unit')}.`, 'good');
    setPieces('');
    setReason('');
  };
  const { confirm, dialog } = useConfirm();
  const { form, submit, submitting, fieldError, formError, isDirty } = useForm(
    FIELDS,
    async (data) => {
      const movement = parseMovement(way, formText(data, 'pieces'), formText(data, 'reason'));
      const why = movementWarning(stock, movement);
      const question = { title: 'Is this correct?', text: why, confirmLabel: 'Save anyway', cancelLabel: 'Go back' };
      if (why !== undefined && !(await confirm(question))) throw new SubmitCancelled();
      // Refreshes the stock after a success and after an error.
      return saveMovementOnce(stock.productId, etag, movement).finally(() => void refreshStock(queries, stock.productId));
    },
    moved,
  );

  return (
    <form ref={form} onSubmit={submit} noValidate className={styles.form}>
      <SegmentedControl label="Type of change" name="way" options={MOVEMENT_TYPES} selected={way} onSelect={setWay} />
      {dialog}
      <LeaveGuard isDirty={isDirty} />
      {!submitting && (
        <UnconfirmedRequest
          subject={attemptSubject(stock.productId)}
          describe={describeMovement}
          send={saveMovement(stock.productId)}
          onDone={moved}
          onSettled={() => void refreshStock(queries, stock.productId)}
        />
      )}
      <FormAlert error={formError}>{formError && <span>{problemText(formError.problem, stock)}</span>}</FormAlert>
      <TextField
        label={LABELS[way]}
        name="pieces"
        inputMode="numeric"
        autoComplete="off"
        required
        value={pieces}
        onChange={(event) => setPieces(event.target.value)}
        hint={stockHint(stock, after)}
        error={fieldError('pieces')}
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
