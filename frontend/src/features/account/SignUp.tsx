import { Link } from 'react-router';
import { Button } from '@/components/ui/Button';
import { TextField } from '@/components/ui/Field';
import { FormAlert } from '@/components/ui/FormAlert';
import { api, unwrap } from '@/lib/api/client';
import { begin } from '@/lib/session';
import { formText, useForm } from '@/lib/useForm';
import { newAccountOf } from './account';
import styles from './account.module.css';

/** Makes an account and logs its owner in. */
export function SignUp({ then, logIn }: { then: () => void; logIn: string }) {
  const { form, submit, submitting: busy, fieldError, formError } = useForm(
    ['name', 'email', 'password'],
    async (data) => unwrap(api.POST('/api/users/signup', { body: newAccountOf((name) => formText(data, name)) })),
    (signedIn) => {
      begin(signedIn);
      then();
    },
  );
  return (
    <form ref={form} onSubmit={submit} className={styles.form} noValidate>
      {formError?.problem.code === 'email_taken' ? (
        <FormAlert refused={formError}>
          <span>
            {formError.problem.message} <Link to={logIn}>Log in instead?</Link>
          </span>
        </FormAlert>
      ) : (
        <FormAlert refused={formError} />
      )}
      <TextField label="Name" name="name" autoComplete="name" required error={fieldError('name')} hint="Shown with your reviews." />
      <TextField label="Email" name="email" type="email" autoComplete="username" required error={fieldError('email')} />
      <TextField
        label="Password"
        name="password"
        type="password"
        autoComplete="new-password"
        required
        hint="At least 8 characters. A few random words are easy to remember and hard to guess."
        error={fieldError('password')}
      />
      <Button type="submit" look="primary" wide busy={busy}>
        Create account
      </Button>
    </form>
  );
}
