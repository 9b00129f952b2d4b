import type { OrderStatus, Payment } from '@/lib/api/types';
import styles from './Mark.module.css';

type Tone = 'plain' | 'good' | 'warn' | 'bad' | 'note';

/** A word in a coloured lozenge; the word says it all without the colour. */
export function Mark({ tone, children }: { tone: Tone; children: string }) {
  return <span className={`${styles.mark} ${styles[tone]}`}>{children}</span>;
}

const ORDER: Record<OrderStatus, readonly [Tone, string]> = {
  pending: ['note', 'Pending'],
  confirmed: ['warn', 'Ready to ship'],
  shipped: ['note', 'Shipped'],
  delivered: ['good', 'Delivered'],
  payment_failed: ['bad', 'Payment failed'],
  cancelled: ['plain', 'Cancelled'],
};

/** How the back office speaks of an order's status: by what is to be done. */
export function orderStatusWord(status: OrderStatus): string {
  return ORDER[status][1];
}

export function OrderMark({ status }: { status: OrderStatus }) {
  const [tone, word] = ORDER[status];
  return <Mark tone={tone}>{word}</Mark>;
}

const PAYMENT: Record<Payment['status'], readonly [Tone, string]> = {
  captured: ['good', 'Captured'],
  declined: ['bad', 'Declined'],
  refunded: ['plain', 'Refunded'],
  partially_refunded: ['warn', 'Partially refunded'],
  voided: ['plain', 'Voided'],
};

export function PaymentMark({ status }: { status: Payment['status'] }) {
  const [tone, word] = PAYMENT[status];
  return <Mark tone={tone}>{word}</Mark>;
}
