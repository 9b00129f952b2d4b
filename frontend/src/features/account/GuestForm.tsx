import { Button } from '@/components/ui/Button';
import { TextField } from '@/components/ui/Field';
import { FormAlert } from '@/components/ui/FormAlert';
import { api, unwrap } from '@/lib/api/client';
import { startSession } from '@/lib/session';
import { formText, useForm } from '@/lib/useForm';
import styles from './account.module.css';
import { guestSession, parseGuest } from './guest';

/** Begins a session without an account: enough to buy. */
export function GuestForm() {
  const { form, submit, submitting, fieldError, formError } = useForm(
    ['email', 'name'],
    async (data) => unwrap(api.POST('/api/users/guest', { body: parseGuest((name) => formText(data, name)) })),
    (started) => startSession(guestSession(started, new Date())),
  );
  return (
    <form ref={form} onSubmit={submit} className={styles.form} noValidate>
      <FormAlert error={formError} />
      <TextField label="Email" name="email" type="email" autoComplete="email" required hint="For the confirmation, with a link to your order." error={fieldError('email')} />
      <TextField label="Name" name="name" autoComplete="name" required error={fieldError('name')} />
      <Button type="submit" variant="primary" wide loading={submitting}>
        Continue as guest
      </Button>
    </form>
  );
}
