import { useLocation } from 'react-router';
import { ButtonLink } from '@/components/ui/Button';
import { Page } from '@/components/ui/Page';
import { EmptyState } from '@/components/ui/State';
import { loginPath, signupPath } from '../guards';

/** A page that guests cannot use: offers an account. */
export function AccountNeeded({ title, what }: { title: string; what: string }) {
  const location = useLocation();
  return (
    <Page title={title} hideTitle>
      <EmptyState icon="user" title="This needs an account">
        <p>{what}</p>
        <ButtonLink to={signupPath(location)} variant="primary">
          Create an account
        </ButtonLink>
        <ButtonLink to={loginPath(location)}>Log in</ButtonLink>
      </EmptyState>
    </Page>
  );
}
