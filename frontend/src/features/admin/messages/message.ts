import type { paths } from '@/lib/api/schema.gen';
import { parseId } from '@/lib/id';
import { fieldProblem, parseFields, requireText } from '@/lib/validate';
import { parseInteger } from '../lib/parse';

export type Message = paths['/api/notifications']['post']['requestBody']['content']['application/json'];

/** What a message by hand is about. The API takes any word; these are the shop's. */
export const MESSAGE_TYPES = { note: 'Personal message', order_update: 'Order update', newsletter: 'Newsletter' } as const;

type MessageInput = { user: string; kind: string; order: string; subject: string; message: string };

/** What the form says, as the API takes it. Throws a `Problem` with all that is wrong. */
export function parseMessage({ user, kind, order, subject, message }: MessageInput): Message {
  const { userId, orderId, ...words } = parseFields({
    userId: () => parseCustomerId(user),
    orderId: () => (order.trim() === '' ? undefined : parseInteger(order, 'orderId')),
    // The API can say something by itself, but a person who writes by hand means to say it.
    subject: () => requireText(subject, 'subject'),
    message: () => requireText(message, 'message'),
  });
  return { userId, type: kind, ...words, ...(orderId !== undefined && { orderId }) };
}

function parseCustomerId(user: string): number {
  const id = parseId(user.trim());
  if (id === undefined) throw fieldProblem('userId', 'must be a customer ID');
  return id;
}
