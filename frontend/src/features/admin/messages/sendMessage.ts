import { api, unwrap } from '@/lib/api/client';
import type { Notification } from '@/lib/api/types';
import { sendOnce } from '@/lib/idempotency/send';
import type { Message } from './message';

/** One attempt per customer: the outcome of the last message must be known before the next one is sent. */
export function attemptSubject(userId: number): string {
  return `message ${userId}`;
}

/** Delivers a message once, even if it is submitted twice or resent after a lost response. */
export function sendMessageOnce(message: Message): Promise<Notification> {
  return sendOnce(attemptSubject(message.userId), message, sendMessage);
}

export function sendMessage(key: string, body: Message): Promise<Notification> {
  return unwrap(api.POST('/api/notifications', { params: { header: { 'Idempotency-Key': key } }, body }));
}
