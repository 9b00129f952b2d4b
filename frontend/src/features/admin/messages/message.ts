import type { paths } from '@/lib/api/schema.gen';
import { idOf, whole } from '../lib/typed';
import { parseFields, requireText, fieldProblem } from '@/lib/validate';

export type Message = paths['/api/notifications']['post']['requestBody']['content']['application/json'];

/** What a message by hand is about. The API takes any word; these are the shop's. */
export const KINDS = { note: 'Personal message', order_update: 'Order update', newsletter: 'Newsletter' } as const;

type Typed = { user: string; kind: string; order: string; subject: string; message: string };

/** What the form says, as the API takes it. Throws a `Problem` with all that is wrong. */
export function messageOf({ user, kind, order, subject, message }: Typed): Message {
  const { userId, orderId, ...words } = parseFields({
    userId: () => customerOf(user),
    orderId: () => (order.trim() === '' ? undefined : whole(order, 'orderId')),
    // The API can say something by itself, but a person who writes by hand means to say it.
    subject: () => requireText(subject, 'subject'),
    message: () => requireText(message, 'message'),
  });
  return { userId, type: kind, ...words, ...(orderId !== undefined && { orderId }) };
}

function customerOf(user: string): number {
  const id = idOf(user.trim());
  if (id === undefined) throw fieldProblem('userId', 'must be a customer ID');
  return id;
}
