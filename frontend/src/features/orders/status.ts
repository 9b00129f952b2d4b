import type { IconName } from '@/components/ui/Icon';
import type { OrderStatus, OrderWithTimeline } from '@/lib/api/types';
import { declineMessage } from '@/lib/declineMessage';
import { returnOrRefund } from '@/lib/returns';

type StatusDisplay = { label: string; tone: 'good' | 'warn' | 'bad' | 'plain'; icon: IconName; description: string };

export const STATUS: Record<OrderStatus, StatusDisplay> = {
  pending: { label: 'Processing', tone: 'plain', icon: 'package', description: 'We are reserving your items and processing your payment.' },
  confirmed: { label: 'Confirmed', tone: 'good', icon: 'check', description: 'Paid and reserved for you.' },
  partially_shipped: { label: 'Partly on its way', tone: 'good', icon: 'truck', description: 'Some of it has left our warehouse. The rest follows.' },
  shipped: { label: 'On its way', tone: 'good', icon: 'truck', description: 'It has left our warehouse.' },
  delivered: { label: 'Delivered', tone: 'good', icon: 'package', description: 'It has arrived. Enjoy!' },
  payment_failed: { label: 'Payment failed', tone: 'warn', icon: 'alert', description: 'You can try to pay again.' },
  cancelled: { label: 'Cancelled', tone: 'bad', icon: 'close', description: 'Any payment will be refunded.' },
};

export type Stage = { status: OrderStatus; at: string | undefined; detail: string | undefined };

const FULFILLMENT: readonly OrderStatus[] = ['confirmed', 'shipped', 'delivered'];

/** The stages that an order has passed, and those to come. */
export function stages(order: Pick<OrderWithTimeline, 'status' | 'timeline'>): Stage[] {
  const past = order.timeline
    .filter((step) => step.status !== 'pending' || order.status === 'pending')
    .map(({ status, at, detail }) => ({ status, at, detail: detail ?? undefined }));
  // A part has left: the stage of the whole order is to come.
  const current = FULFILLMENT.indexOf(order.status === 'partially_shipped' ? 'confirmed' : order.status);
  const future = current === -1 ? [] : FULFILLMENT.slice(current + 1).map((status) => ({ status, at: undefined, detail: undefined }));
  return [...past, ...future];
}

/** The status; or the return or refund that the entry is about. */
export function stageTitle({ status, detail }: Stage): string {
  return returnOrRefund(detail) ?? STATUS[status].label;
}

/** Past stages have a text only if there is a detail; the current one always has one. */
export function stageText(order: Pick<OrderWithTimeline, 'status'>, { status, detail }: Stage): string | undefined {
  if (returnOrRefund(detail) !== undefined) return undefined;
  if (status === 'payment_failed') return declineMessage(detail);
  return detail ?? (status === order.status ? STATUS[status].description : undefined);
}

export function canCancel(status: OrderStatus): boolean {
  return status === 'confirmed' || status === 'payment_failed';
}
