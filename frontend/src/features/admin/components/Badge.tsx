import type { OrderStatus, Payment, ReturnStatus } from '@/lib/api/types';
import styles from './Badge.module.css';

type Tone = 'plain' | 'good' | 'warn' | 'bad' | 'note';

/** A colored label. Its text is complete without the color. */
export function Badge({ tone, children }: { tone: Tone; children: string }) {
  return <span className={`${styles.badge} ${styles[tone]}`}>{children}</span>;
}

const ORDER_STATUS: Record<OrderStatus, readonly [Tone, string]> = {
  pending: ['note', 'Pending'],
  confirmed: ['warn', 'Ready to ship'],
  partially_shipped: ['warn', 'Partially shipped'],
  shipped: ['note', 'Shipped'],
  delivered: ['good', 'Delivered'],
  payment_failed: ['bad', 'Payment failed'],
  cancelled: ['plain', 'Cancelled'],
};

/** The label for admins: what is to be done next. */
export function orderStatusLabel(status: OrderStatus): string {
  return ORDER_STATUS[status][1];
}

export function OrderStatusBadge({ status }: { status: OrderStatus }) {
  const [tone, word] = ORDER_STATUS[status];
  return <Badge tone={tone}>{word}</Badge>;
}

const RETURN_STATUS: Record<ReturnStatus, readonly [Tone, string]> = {
  requested: ['warn', 'Requested'],
  approved: ['note', 'Approved'],
  rejected: ['plain', 'Rejected'],
  received: ['good', 'Received'],
};

export function returnStatusLabel(status: ReturnStatus): string {
  return RETURN_STATUS[status][1];
}

export function ReturnStatusBadge({ status }: { status: ReturnStatus }) {
  const [tone, word] = RETURN_STATUS[status];
  return <Badge tone={tone}>{word}</Badge>;
}

const PAYMENT_STATUS: Record<Payment['status'], readonly [Tone, string]> = {
  captured: ['good', 'Captured'],
  declined: ['bad', 'Declined'],
  refunded: ['plain', 'Refunded'],
  partially_refunded: ['warn', 'Partially refunded'],
  voided: ['plain', 'Voided'],
};

export function PaymentStatusBadge({ status }: { status: Payment['status'] }) {
  const [tone, word] = PAYMENT_STATUS[status];
  return <Badge tone={tone}>{word}</Badge>;
}
