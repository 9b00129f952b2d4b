import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Button } from '@/components/ui/Button';
import { SelectField, TextArea, TextField } from '@/components/ui/Field';
import { FormAlert } from '@/components/ui/FormAlert';
import { LeaveGuard } from '@/components/ui/LeaveGuard';
import { showToast } from '@/components/ui/Toasts';
import { UnconfirmedRequest } from '@/components/ui/UnconfirmedRequest';
import type { Notification } from '@/lib/api/types';
import { parseId } from '@/lib/id';
import { formText, SubmitCancelled, useForm } from '@/lib/useForm';
import { fieldProblem } from '@/lib/validate';
import { useConfirm } from '../components/useConfirm';
import { userQuery } from '../lib/users';
import { type Message, MESSAGE_TYPES, parseMessage } from './message';
import styles from './Messages.module.css';
import { attemptSubject, sendMessage, sendMessageOnce } from './sendMessage';

const FIELDS = ['userId', 'type', 'orderId', 'subject', 'message'] as const;

export function MessageForm({ user, onUser, order }: { user: string; onUser: (user: string) => void; order: string }) {
  const queries = useQueryClient();
  const [sentCount, setSentCount] = useState(0);
  const onSent = (sent: Notification) => {
    showDeliveryToast(sent);
    setSentCount(sentCount + 1);
    void queries.invalidateQueries({ queryKey: ['admin', 'messages', sent.userId] });
  };
  const { confirm, dialog } = useConfirm();
  const { form, submit, submitting, fieldError, formError, isDirty } = useForm(
    FIELDS,
    async (data) => {
      const field = (name: string) => formText(data, name);
      const message = parseMessage({ user: field('userId'), kind: field('type'), order: field('orderId'), subject: field('subject'), message: field('message') });
      // The API accepts a message to an unknown user, so check the user first.
      const to = await queries.query(userQuery(message.userId));
      if (to === null) throw fieldProblem('userId', 'customer not found');
      const confirmation = { title: `Send this message to ${to.name}?`, text: `“${message.subject ?? ''}” cannot be unsent. It also goes to ${to.email} if the shop sends email.`, confirmLabel: 'Send now' };
      if (!(await confirm(confirmation))) throw new SubmitCancelled();
      return sendMessageOnce(message);
    },
    onSent,
  );
  return (
    <form ref={form} onSubmit={submit} noValidate className={styles.form}>
      {dialog}
      <LeaveGuard isDirty={isDirty} />
      {!submitting && <UnconfirmedRequest subject={attemptSubject(parseId(user.trim()) ?? 0)} describe={describeMessage} send={sendMessage} onDone={onSent} />}
      <FormAlert error={formError} />
      <div className={styles.pair}>
        <TextField
          label="Customer ID"
          name="userId"
          inputMode="numeric"
          autoComplete="off"
          required
          value={user}
          onChange={(event) => onUser(event.target.value)}
          hint={<CustomerHint id={parseId(user.trim())} />}
          error={fieldError('userId')}
        />
        <TextField label="Order ID (optional)" name="orderId" inputMode="numeric" autoComplete="off" defaultValue={order} error={fieldError('orderId')} />
      </div>
      <SelectField label="Type" name="type" defaultValue={order === '' ? 'note' : 'order_update'} error={fieldError('type')}>
        {Object.entries(MESSAGE_TYPES).map(([kind, label]) => (
          <option key={kind} value={kind}>
            {label}
          </option>
        ))}
      </SelectField>
      <TextField key={`subject ${sentCount}`} label="Subject" name="subject" autoComplete="off" required maxLength={200} error={fieldError('subject')} />
      <TextArea key={`message ${sentCount}`} label="Message" name="message" rows={6} required maxLength={5000} error={fieldError('message')} />
      <div className={styles.formActions}>
        <Button type="submit" variant="primary" loading={submitting}>
          Send
        </Button>
      </div>
    </form>
  );
}

function describeMessage({ subject }: Message): string {
  return `Your message “${subject ?? ''}”`;
}

function showDeliveryToast({ status, channel }: Notification): void {
  if (status === 'failed') showToast('The message was saved but could not be delivered.', 'bad');
  else if (status === 'queued') showToast('The message was saved and will be delivered shortly.');
  else showToast(channel === 'email' ? 'Sent, also by email.' : 'Sent. The customer will see it in the shop.', 'good');
}

function CustomerHint({ id }: { id: number | undefined }) {
  const { data, isError } = useQuery({ ...userQuery(id ?? 0), enabled: id !== undefined });
  if (id === undefined) return 'Links on orders and reviews fill this in.';
  if (data) return `${data.name}, ${data.email}`;
  if (data === null) return 'Customer not found.';
  return isError ? 'The customer could not be loaded.' : 'Searching…';
}
