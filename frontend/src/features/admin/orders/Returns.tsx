import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Button } from '@/components/ui/Button';
import { ConfirmButton } from '@/components/ui/ConfirmButton';
import { Dialog } from '@/components/ui/Dialog';
import { showToast } from '@/components/ui/Toasts';
import { problemMessage } from '@/lib/api/problem';
import type { OrderWithTimeline, Return } from '@/lib/api/types';
import { formatDateTime } from '@/lib/dates';
import { formatMoney } from '@/lib/money';
import { returnablePieces, returnsOf } from '@/lib/returns';
import { ReturnStatusBadge } from '../components/Badge';
import { DefinitionList, Panel } from '../components/Panel';
import { decideReturn } from './decideReturn';
import styles from './Orders.module.css';
import { refreshOrders } from './queries';
import { ReceiveForm } from './ReceiveForm';
import { RejectForm } from './RejectForm';
import { ReturnForm } from './ReturnForm';
import { nextDecisions } from './returns';
import { shippedPieces } from './shipments';

/** What came back or is to come back, and what is to be decided about it. */
export function Returns({ order }: { order: OrderWithTimeline }) {
  const [adding, setAdding] = useState(false);
  const returns = returnsOf(order);
  const pieces = returnablePieces(order);
  const canAdd = pieces.length > 0;
  if (returns.length === 0 && !canAdd) return null;
  return (
    <Panel
      title="Returns"
      actions={
        canAdd && (
          <Button size="s" onClick={() => setAdding(true)}>
            Return items
          </Button>
        )
      }
    >
      {returns.length === 0 && <p className={styles.muted}>Nothing has been returned.</p>}
      {returns.map((one, nth) => (
        <OneReturn key={one.id} order={order} one={one} nth={nth + 1} />
      ))}
      <Dialog open={adding && canAdd} onClose={() => setAdding(false)} title="Return items">
        <ReturnForm orderId={order.id} pieces={pieces} onClose={() => setAdding(false)} />
      </Dialog>
    </Panel>
  );
}

function OneReturn({ order, one, nth }: { order: OrderWithTimeline; one: Return; nth: number }) {
  const restocked = one.items.filter(({ restocked }) => restocked > 0).map(({ productId, restocked }) => ({ productId, quantity: restocked }));
  return (
    <article className={styles.payment} aria-label={`Return ${nth}`}>
      <div className={styles.paymentHead}>
        <strong>{shippedPieces(order, one)}</strong>
        <ReturnStatusBadge status={one.status} />
      </div>
      <DefinitionList
        entries={[
          ['Reason', one.reason],
          ['Requested', <time dateTime={one.createdAt}>{formatDateTime(one.createdAt)}</time>],
          ...(one.decidedAt ? [['Decided', <time dateTime={one.decidedAt}>{formatDateTime(one.decidedAt)}</time>] as const] : []),
          ...(one.receivedAt ? [['Received', <time dateTime={one.receivedAt}>{formatDateTime(one.receivedAt)}</time>] as const] : []),
          ...(one.note ? [['Note to the customer', one.note] as const] : []),
          ...(one.status === 'received' ? [['Back on sale', restocked.length === 0 ? 'Nothing' : shippedPieces(order, { items: restocked })] as const] : []),
          ...(one.refunded != null ? [['Refunded', formatMoney(one.refunded, order.currency)] as const] : []),
        ]}
      />
      <Decisions order={order} one={one} nth={nth} />
    </article>
  );
}

function Decisions({ order, one, nth }: { order: OrderWithTimeline; one: Return; nth: number }) {
  const queries = useQueryClient();
  const [open, setOpen] = useState<'rejected' | 'received'>();
  const approve = useMutation({
    mutationFn: () => decideReturn(one, { status: 'approved' }),
    onSuccess: () => showToast(`Return ${nth} has been approved. The customer has been notified.`, 'good'),
    onError: (error) => showToast(problemMessage(error), 'bad'),
    onSettled: () => refreshOrders(queries),
  });
  const possible = nextDecisions(one.status);
  const close = () => setOpen(undefined);
  return (
    <>
      {possible.length > 0 && (
        <div className={styles.formActions}>
          {possible.includes('approved') && (
            <ConfirmButton label="Approve" variant="primary" title={`Approve return ${nth}?`} confirmLabel="Approve" cancelLabel="Not yet" onConfirm={() => approve.mutateAsync()}>
              The customer is asked to send the items back. Nothing is refunded before they arrive.
            </ConfirmButton>
          )}
          <Button size="s" onClick={() => setOpen('rejected')}>
            Reject
          </Button>
          <Button size="s" onClick={() => setOpen('received')}>
            Receive
          </Button>
        </div>
      )}
      <Dialog open={open === 'rejected' && possible.includes('rejected')} onClose={close} title={`Reject return ${nth}`}>
        <RejectForm one={one} nth={nth} onClose={close} />
      </Dialog>
      <Dialog open={open === 'received' && possible.includes('received')} onClose={close} title={`Receive return ${nth}`}>
        <ReceiveForm order={order} one={one} nth={nth} onClose={close} />
      </Dialog>
    </>
  );
}
