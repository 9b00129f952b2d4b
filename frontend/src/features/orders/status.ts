import type { IconName } from '@/components/ui/Icon';
import type { OrderStatus, OrderWithTimeline } from '@/lib/api/types';

type Look = { words: string; tone: 'good' | 'warn' | 'bad' | 'plain'; icon: IconName; told: string };

export const STATUS: Record<OrderStatus, Look> = {
  pending: { words: 'Processing', tone: 'plain', icon: 'package', told: 'We are reserving your items and processing your payment.' },
  confirmed: { words: 'Confirmed', tone: 'good', icon: 'check', told: 'Paid and reserved for you.' },
  shipped: { words: 'On its way', tone: 'good', icon: 'truck', told: 'It has left our warehouse.' },
  delivered: { words: 'Delivered', tone: 'good', icon: 'package', told: 'It has arrived. Enjoy!' },
  payment_failed: { words: 'Payment failed', tone: 'warn', icon: 'alert', told: 'You can try to pay again.' },
  cancelled: { words: 'Cancelled', tone: 'bad', icon: 'close', told: 'Any payment will be refunded.' },
};

export type Stage = { status: OrderStatus; at: string | undefined; detail: string | undefined };

const WAY: readonly OrderStatus[] = ['confirmed', 'shipped', 'delivered'];

/** What has happened to an order, and what will, if all goes well. */
export function stages(order: Pick<OrderWithTimeline, 'status' | 'timeline'>): Stage[] {
  const past = order.timeline
    .filter((step) => step.status !== 'pending' || order.status === 'pending')
    .map(({ status, at, detail }) => ({ status, at, detail: detail ?? undefined }));
  const place = WAY.indexOf(order.status);
  const future = place === -1 ? [] : WAY.slice(place + 1).map((status) => ({ status, at: undefined, detail: undefined }));
  return [...past, ...future];
}

/** Whether its owner may still call it off. */
export function mayBeCancelled(status: OrderStatus): boolean {
  return status === 'confirmed' || status === 'payment_failed';
}
