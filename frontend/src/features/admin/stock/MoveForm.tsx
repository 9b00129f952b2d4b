import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Choices } from '../components/Choices';
import { useAsk } from '../components/useAsk';
import { Unanswered } from '../components/Unanswered';
import { Button } from '@/components/ui/Button';
import { TextField } from '@/components/ui/Field';
import { FormAlert } from '@/components/ui/FormAlert';
import { LeaveGuard } from '@/components/ui/LeaveGuard';
import { Notice } from '@/components/ui/State';
import { toast } from '@/components/ui/Toasts';
import { type Problem, problemMessage } from '@/lib/api/problem';
import type { Stock } from '@/lib/api/types';
import { SubmitCancelled, formText, useForm } from '@/lib/useForm';
import { formatCount } from '@/lib/text';
import { type Move, move, sending, subjectOf } from './move';
import { doubt, movementOf, outcome, signed, tooFew, type Way, WAYS } from './movement';
import { afterMoving } from './queries';
import styles from './Stock.module.css';

const LABELS: Record<Way, string> = { in: 'Units received', out: 'Units removed', count: 'Units counted, including reserved' };

const FIELDS = ['pieces', 'reason'] as const;

/** Moves the stock by hand. What was counted must be about the stock that is shown: a sale meanwhile is told. */
export function MoveForm({ stock, etag }: { stock: Stock; etag: string | null }) {
  const queries = useQueryClient();
  const [way, setWay] = useState<Way>('in');
  const [pieces, setPieces] = useState('');
  const [reason, setReason] = useState('');
  const after = outcome(stock, way, pieces);
  const moved = ({ quantity }: Stock) => {
    toast(`Stock is now ${formatCount(quantity, 'unit')}.`, 'good');
    setPieces('');
    setReason('');
  };
  const { ask, dialog } = useAsk();
  const { form, submit, submitting: busy, fieldError, formError, isDirty } = useForm(
    FIELDS,
    async (data) => {
      const movement = movementOf(way, formText(data, 'pieces'), formText(data, 'reason'));
      const why = doubt(stock, movement);
      const question = { title: 'Is this correct?', text: why, action: 'Save anyway', refuse: 'Go back' };
      if (why !== undefined && !(await ask(question))) throw new SubmitCancelled();
      // Whatever comes of it, it is about the stock as it is now.
      return move(stock.productId, etag, movement).finally(() => void afterMoving(queries, stock.productId));
    },
    moved,
  );

  return (
    <form ref={form} onSubmit={submit} noValidate className={styles.form}>
      <Choices label="Type of change" name="way" choices={WAYS} chosen={way} onChoose={setWay} />
      {dialog}
      <LeaveGuard isEdited={isDirty} />
      {!busy && (
        <Unanswered
          subject={subjectOf(stock.productId)}
          words={spokenOf}
          send={sending(stock.productId)}
          onDone={moved}
          onOver={() => void afterMoving(queries, stock.productId)}
        />
      )}
      <FormAlert refused={formError}>{formError && <span>{explained(formError.problem, stock)}</span>}</FormAlert>
      <TextField
        label={LABELS[way]}
        name="pieces"
        inputMode="numeric"
        autoComplete="off"
        required
        value={pieces}
        onChange={(event) => setPieces(event.target.value)}
        hint={afterwards(stock, after)}
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
      {after && after.available < 0 && stock.reserved > 0 && <Notice tone="warn">{tooFew(stock)}</Notice>}
      <Button type="submit" look="primary" busy={busy}>
        Save
      </Button>
    </form>
  );
}

function spokenOf({ movement }: Move): string {
  return 'quantity' in movement ? `A stock count of ${formatCount(movement.quantity, 'unit')}` : `A stock change of ${signed(movement.delta)}`;
}

function afterwards(stock: Stock, after: ReturnType<typeof outcome>): string {
  const [when, { quantity, available }] = after ? ['New stock', after] : ['Current stock', stock];
  return `${when}: ${formatCount(quantity, 'unit')}, ${Math.max(0, available).toLocaleString('en')} available.`;
}

function explained(problem: Problem, stock: Stock): string {
  if (problem.code === 'stale') return `The stock has changed in the meantime: it is now ${stock.quantity}. Check your count and save it again.`;
  if (problem.code !== 'below_reserved') return problemMessage(problem);
  return stock.reserved > 0 ? `Nothing was changed. ${tooFew(stock)}` : `Nothing was changed: there are only ${formatCount(stock.quantity, 'unit')}.`;
}
