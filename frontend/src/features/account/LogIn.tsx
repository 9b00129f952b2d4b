import { Button } from '@/components/ui/Button';
import { TextField } from '@/components/ui/Field';
import { FormAlert } from '@/components/ui/FormAlert';
import { api, unwrap } from '@/lib/api/client';
import { begin } from '@/lib/session';
import { text, useSubmit } from '@/lib/submit';
import { credentialsOf } from './account';
import styles from './account.module.css';

/** Logs somebody in; `then` says where to go. `email` is whose session has ended. */
export function LogIn({ email, then }: { email?: string | undefined; then: () => void }) {
  const { form, submit, busy, errorOf, refused } = useSubmit(
    ['email', 'password'],
    async (data) => unwrap(api.POST('/api/users/login', { body: credentialsOf((name) => text(data, name)) })),
    (signedIn) => {
      begin(signedIn);
      then();
    },
  );
  return (
    <form ref={form} onSubmit={submit} className={styles.form} noValidate>
      <FormAlert refused={refused} />
      <TextField label="Email" name="email" type="email" autoComplete="username" required defaultValue={email} error={errorOf('email')} />
      <TextField
        label="Password"
        name="password"
        type="password"
        autoComplete="current-password"
        required
        error={errorOf('password')}
      />
      <Button type="submit" look="primary" wide busy={busy}>
        Log in
      </Button>
    </form>
  );
}
