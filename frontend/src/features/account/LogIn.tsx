import { Button } from '@/components/ui/Button';
import { TextField } from '@/components/ui/Field';
import { FormAlert } from '@/components/ui/FormAlert';
import { api, unwrap } from '@/lib/api/client';
import { begin } from '@/lib/session';
import { formText, useForm } from '@/lib/useForm';
import { credentialsOf } from './account';
import styles from './account.module.css';

/** Logs somebody in; `then` says where to go. `email` is whose session has ended. */
export function LogIn({ email, then }: { email?: string | undefined; then: () => void }) {
  const { form, submit, submitting: busy, fieldError, formError } = useForm(
    ['email', 'password'],
    async (data) => unwrap(api.POST('/api/users/login', { body: credentialsOf((name) => formText(data, name)) })),
    (signedIn) => {
      begin(signedIn);
      then();
    },
  );
  return (
    <form ref={form} onSubmit={submit} className={styles.form} noValidate>
      <FormAlert refused={formError} />
      <TextField label="Email" name="email" type="email" autoComplete="username" required defaultValue={email} error={fieldError('email')} />
      <TextField
        label="Password"
        name="password"
        type="password"
        autoComplete="current-password"
        required
        error={fieldError('password')}
      />
      <Button type="submit" look="primary" wide busy={busy}>
        Log in
      </Button>
    </form>
  );
}
