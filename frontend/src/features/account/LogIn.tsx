import { Button } from '@/components/ui/Button';
import { TextField } from '@/components/ui/Field';
import { Notice } from '@/components/ui/State';
import { api, ok } from '@/lib/api/client';
import { spokenWait } from '@/lib/api/problem';
import { begin } from '@/lib/session';
import { text, useSubmit } from '@/lib/submit';
import styles from './account.module.css';

/** Logs somebody in; `then` says where to go. */
export function LogIn({ then }: { then: () => void }) {
  const { form, submit, busy, errorOf, problem } = useSubmit(
    ['email', 'password'],
    (data) => ok(api.POST('/api/users/login', { body: { email: text(data, 'email'), password: text(data, 'password') } })),
    (signedIn) => {
      begin(signedIn);
      then();
    },
  );
  return (
    <form ref={form} onSubmit={submit} className={styles.form} noValidate>
      {problem && (
        <Notice tone="bad">
          {problem.message}
          {problem.status === 429 && problem.retryAfter !== undefined && ` That is in ${spokenWait(problem.retryAfter)}.`}
        </Notice>
      )}
      <TextField label="Email" name="email" type="email" autoComplete="username" required error={errorOf('email')} />
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
