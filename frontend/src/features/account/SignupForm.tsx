import { Link } from 'react-router';
import { Button } from '@/components/ui/Button';
import { TextField } from '@/components/ui/Field';
import { FormAlert } from '@/components/ui/FormAlert';
import { api, unwrap } from '@/lib/api/client';
import type { User } from '@/lib/api/types';
import { startSession } from '@/lib/session';
import { formText, useForm } from '@/lib/useForm';
import styles from './account.module.css';
import { parseNewAccount } from './credentials';

type Props = {
  /** A guest who wants an account: with the same address it gets the guest’s orders. */
  guest: User | undefined;
  onSuccess: () => void;
  logIn: string;
};

export function SignupForm({ guest, onSuccess, logIn }: Props) {
  const { form, submit, submitting, fieldError, formError } = useForm(
    ['name', 'email', 'password'],
    async (data) => unwrap(api.POST('/api/users/signup', { body: parseNewAccount((name) => formText(data, name)) })),
    (signedIn) => {
      startSession(signedIn);
      onSuccess();
    },
  );
  return (
    <form ref={form} onSubmit={submit} className={styles.form} noValidate>
      {formError?.problem.code === 'email_taken' ? (
        <FormAlert error={formError}>
          <span>
            {formError.problem.message} <Link to={logIn}>Log in instead?</Link>
          </span>
        </FormAlert>
      ) : (
        <FormAlert error={formError} />
      )}
      <TextField label="Name" name="name" autoComplete="name" required defaultValue={guest?.name} error={fieldError('name')} hint="Shown with your reviews." />
      <TextField label="Email" name="email" type="email" autoComplete="username" required defaultValue={guest?.email} error={fieldError('email')} />
      <TextField
        label="Password"
        name="password"
        type="password"
        autoComplete="new-password"
        required
        hint="At least 8 characters. A few random words are easy to remember and hard to guess."
        error={fieldError('password')}
      />
      <Button type="submit" variant="primary" wide loading={submitting}>
        Create account
      </Button>
    </form>
  );
}
