import type { paths } from '@/lib/api/schema.gen';
import { idOf, whole, wrong } from '@/lib/backoffice/typed';

export type Message = paths['/api/notifications']['post']['requestBody']['content']['application/json'];

/** What a message by hand is about. The API takes any word; these are the shop's. */
export const KINDS = { note: 'A word to a customer', order_update: 'About an order', newsletter: 'News from the shop' } as const;

type Typed = { user: string; kind: string; order: string; subject: string; message: string };

/** What the form says, as the API takes it. Throws a `Problem` at the field. */
export function messageOf({ user, kind, order, subject, message }: Typed): Message {
  const userId = idOf(user.trim());
  if (userId === undefined) throw wrong('userId', 'must be the number of a customer');
  // The API can say something by itself, but a person who writes by hand means to say it.
  if (subject.trim() === '') throw wrong('subject', 'must not be empty');
  if (message.trim() === '') throw wrong('message', 'must not be empty');
  const about = order.trim() === '' ? {} : { orderId: whole(order, 'orderId') };
  return { userId, type: kind, subject: subject.trim(), message: message.trim(), ...about };
}
