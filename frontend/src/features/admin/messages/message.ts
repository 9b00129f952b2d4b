import type { paths } from '@/lib/api/schema.gen';
import { parseId } from '@/lib/id';
import { fieldProblem, parseFields, requireText } from '@/lib/validate';
import { parseInteger } from '../lib/parse';

export type Message = paths['/api/notifications']['post']['requestBody']['content']['application/json'];

/** The types that admins can send. The API accepts any type. */
export const MESSAGE_TYPES = { note: 'Personal message', order_update: 'Order update', newsletter: 'Newsletter' } as const;

type MessageInput = { user: string; kind: string; order: string; subject: string; message: string };

/** Throws a `Problem` with all validation errors. */
export function parseMessage({ user, kind, order, subject, message }: MessageInput): Message {
  const { userId, orderId, ...texts } = parseFields({
    userId: () => parseCustomerId(user),
    orderId: () => (order.trim() === '' ? undefined : parseInteger(order, 'orderId')),
    // Optional in the API, which then uses a template, but required for messages by admins.
    subject: () => requireText(subject, 'subject'),
    message: () => requireText(message, 'message'),
  });
  return { userId, type: kind, ...texts, ...(orderId !== undefined && { orderId }) };
}

function parseCustomerId(user: string): number {
  const id = parseId(user.trim());
  if (id === undefined) throw fieldProblem('userId', 'must be a customer ID');
  return id;
}
