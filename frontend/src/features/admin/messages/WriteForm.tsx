import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useAsk } from '../components/useAsk';
import { Unanswered } from '../components/Unanswered';
import { Button } from '@/components/ui/Button';
import { SelectField, TextArea, TextField } from '@/components/ui/Field';
import { FormAlert } from '@/components/ui/FormAlert';
import { LeaveGuard } from '@/components/ui/LeaveGuard';
import { toast } from '@/components/ui/Toasts';
import { personQuery } from '../lib/people';
import { idOf } from '../lib/typed';
import type { Notification } from '@/lib/api/types';
import { SubmitCancelled, formText, useForm } from '@/lib/useForm';
import { fieldProblem } from '@/lib/validate';
import { KINDS, type Message, messageOf } from './message';
import { send, sending, subjectOf } from './send';
import styles from './Messages.module.css';

const FIELDS = ['userId', 'type', 'orderId', 'subject', 'message'] as const;

/** A message by hand. */
export function WriteForm({ user, onUser, order }: { user: string; onUser: (user: string) => void; order: string }) {
  const queries = useQueryClient();
  const [written, setWritten] = useState(0);
  const arrived = (sent: Notification) => {
    say(sent);
    setWritten(written + 1);
    void queries.invalidateQueries({ queryKey: ['admin', 'told', sent.userId] });
  };
  const { ask, dialog } = useAsk();
  const { form, submit, submitting: busy, fieldError, formError, isDirty } = useForm(
    FIELDS,
    async (data) => {
      const field = (name: string) => formText(data, name);
      const message = messageOf({ user: field('userId'), kind: field('type'), order: field('orderId'), subject: field('subject'), message: field('message') });
      // To nobody nothing is sent, whatever the shop would take.
      const to = await queries.query(personQuery(message.userId));
      if (to === null) throw fieldProblem('userId', 'customer not found');
      const question = { title: `Send this message to ${to.name}?`, text: `“${message.subject ?? ''}” cannot be unsent. It also goes to ${to.email} if the shop sends email.`, action: 'Send now' };
      if (!(await ask(question))) throw new SubmitCancelled();
      return send(message);
    },
    arrived,
  );
  return (
    <form ref={form} onSubmit={submit} noValidate className={styles.form}>
      {dialog}
      <LeaveGuard isEdited={isDirty} />
      {!busy && <Unanswered subject={subjectOf(idOf(user.trim()) ?? 0)} words={spokenOf} send={sending} onDone={arrived} />}
      <FormAlert refused={formError} />
      <div className={styles.pair}>
        <TextField
          label="Customer ID"
          name="userId"
          inputMode="numeric"
          autoComplete="off"
          required
          value={user}
          onChange={(event) => onUser(event.target.value)}
          hint={<Who id={idOf(user.trim())} />}
          error={fieldError('userId')}
        />
        <TextField label="Order ID (optional)" name="orderId" inputMode="numeric" autoComplete="off" defaultValue={order} error={fieldError('orderId')} />
      </div>
      <SelectField label="Type" name="type" defaultValue={order === '' ? 'note' : 'order_update'} error={fieldError('type')}>
        {Object.entries(KINDS).map(([kind, words]) => (
          <option key={kind} value={kind}>
            {words}
          </option>
        ))}
      </SelectField>
      <TextField key={`subject ${written}`} label="Subject" name="subject" autoComplete="off" required maxLength={200} error={fieldError('subject')} />
      <TextArea key={`message ${written}`} label="Message" name="message" rows={6} required maxLength={5000} error={fieldError('message')} />
      <div className={styles.formActions}>
        <Button type="submit" look="primary" busy={busy}>
          Send
        </Button>
      </div>
    </form>
  );
}

function spokenOf({ subject }: Message): string {
  return `Your message “${subject ?? ''}”`;
}

function say({ status, channel }: Notification): void {
  if (status === 'failed') toast('The message was saved but could not be delivered.', 'bad');
  else if (status === 'queued') toast('The message was saved and will be delivered shortly.');
  else toast(channel === 'email' ? 'Sent, also by email.' : 'Sent. The customer will see it in the shop.', 'good');
}

function Who({ id }: { id: number | undefined }) {
  const { data, isError } = useQuery({ ...personQuery(id ?? 0), enabled: id !== undefined });
  if (id === undefined) return 'Links on orders and reviews fill this in.';
  if (data) return `${data.name}, ${data.email}`;
  if (data === null) return 'Customer not found.';
  return isError ? 'The customer could not be loaded.' : 'Searching…';
}
