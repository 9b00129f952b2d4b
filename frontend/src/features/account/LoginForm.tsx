import { Button } from '@/components/ui/Button';
import { TextField } from '@/components/ui/Field';
import { FormAlert } from '@/components/ui/FormAlert';
import { api, unwrap } from '@/lib/api/client';
import { startSession } from '@/lib/session';
import { formText, useForm } from '@/lib/useForm';
import styles from './account.module.css';
import { parseCredentials } from './credentials';

/** `email` is preset when a session has expired. */
export function LoginForm({ email, onSuccess }: { email?: string | undefined; onSuccess: () => void }) {
  const { form, submit, submitting, fieldError, formError } = useForm(
    ['email', 'password'],
    async (data) => unwrap(api.POST('/api/users/login', { body: parseCredentials((name) => formText(data, name)) })),
    (signedIn) => {
      startSession(signedIn);
      onSuccess();
    },
  );
  return (
    <form ref={form} onSubmit={submit} className={styles.form} noValidate>
      <FormAlert error={formError} />
      <TextField label="Email" name="email" type="email" autoComplete="username" required defaultValue={email} error={fieldError('email')} />
      <TextField
        label="Password"
        name="password"
        type="password"
        autoComplete="current-password"
        required
        error={fieldError('password')}
      />
      <Button type="submit" variant="primary" wide loading={submitting}>
        Log in
      </Button>
    </form>
  );
}
