import { api, ok } from '@/lib/api/client';
import type { Notification } from '@/lib/api/types';
import { once } from '@/lib/once';
import type { Message } from './message';

/** Sends a message under a key: pressed twice, or sent again after a lost answer, it arrives once. */
export function send(message: Message): Promise<Notification> {
  return once(`message ${JSON.stringify(message)}`, (key) =>
    ok(api.POST('/api/notifications', { params: { header: { 'Idempotency-Key': key } }, body: message })),
  );
}
