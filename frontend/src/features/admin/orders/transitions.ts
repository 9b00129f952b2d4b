import type { OrderStatus, Payment } from '@/lib/api/types';

export const STATUSES = ['pending', 'confirmed', 'partially_shipped', 'shipped', 'delivered', 'payment_failed', 'cancelled'] as const satisfies readonly OrderStatus[];

type Transition = { to: OrderStatus; action: string; question: string; consequence: string };

/** The transitions that an admin may make; checkout makes the others. The API enforces them. */
export function nextTransition(status: OrderStatus): Transition | undefined {
  if (status === 'confirmed') {
    return { to: 'shipped', action: 'Mark as shipped', question: 'Has this order shipped?', consequence: 'The customer is notified that it is on its way and can no longer cancel it. This cannot be undone.' };
  }
  if (status === 'partially_shipped') {
    return { to: 'shipped', action: 'Mark rest as shipped', question: 'Has the rest of this order shipped?', consequence: 'The customer is notified that the rest is on its way. This cannot be undone.' };
  }
  if (status === 'shipped') {
    return { to: 'delivered', action: 'Mark as delivered', question: 'Has this order been delivered?', consequence: 'The customer is notified that it has arrived. This cannot be undone.' };
  }
  return undefined;
}

/** Whether the whole payment was refunded: such an order is not shipped. */
export function isRefunded(payments: readonly Pick<Payment, 'status'>[]): boolean {
  const statuses = payments.map(({ status }) => status);
  return statuses.includes('refunded') && !statuses.some((status) => status === 'captured' || status === 'partially_refunded');
}

export function canCancel(status: OrderStatus): boolean {
  return status === 'confirmed' || status === 'payment_failed';
}

/** What can still be refunded, in whole cents. */
export function refundableAmount({ status, amount, refunds }: Pick<Payment, 'status' | 'amount' | 'refunds'>): number {
  if (status !== 'captured' && status !== 'partially_refunded') return 0;
  const cents = refunds.reduce((left, refund) => left - Math.round(refund.amount * 100), Math.round(amount * 100));
  return Math.max(0, cents) / 100;
}

export function isStatus(text: string | null): text is OrderStatus {
  return STATUSES.some((status) => status === text);
}
