import { api, unwrap } from '@/lib/api/client';
import type { Notification } from '@/lib/api/types';
import { sendOnce } from '@/lib/idempotency/send';
import type { Message } from './message';

/** What this person may have been sent already is found out before they are sent something else. */
export function attemptSubject(userId: number): string {
  return `message ${userId}`;
}

/** Sends a message under a key: pressed twice, or sent again after a lost answer, it arrives once. */
export function sendMessageOnce(message: Message): Promise<Notification> {
  return sendOnce(attemptSubject(message.userId), message, sendMessage);
}

export function sendMessage(key: string, body: Message): Promise<Notification> {
  return unwrap(api.POST('/api/notifications', { params: { header: { 'Idempotency-Key': key } }, body }));
}
