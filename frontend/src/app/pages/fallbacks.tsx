import { useRouteError } from 'react-router';
import { Button, ButtonLink } from '@/components/ui/Button';
import { Page } from '@/components/ui/Page';
import { EmptyState, Loading } from '@/components/ui/State';

export function NotFoundPage() {
  return (
    <Page title="Not found" hideTitle>
      <EmptyState icon="search" title="Page not found">
        <p>It may have been moved, or the address may be wrong.</p>
        <ButtonLink to="/" variant="primary">
          Go to homepage
        </ButtonLink>
      </EmptyState>
    </Page>
  );
}

/** How browsers report that a lazy-loaded file could not be fetched. */
const NOT_LOADED = /dynamically imported module|Importing a module script failed|preload/i;

/** No connection, a file that a new deploy has replaced, or a bug. */
export function ErrorPage() {
  const error = useRouteError();
  const notLoaded = error instanceof Error && NOT_LOADED.test(error.message);
  if (!notLoaded) console.error(error);
  return (
    <Page title="Something went wrong" hideTitle>
      <EmptyState icon={notLoaded ? 'cloud' : 'alert'} title={notLoaded ? 'This page could not be loaded' : 'Something went wrong'}>
        <p>
          {notLoaded
            ? 'You may be offline, or the shop may have been updated while this tab was open.'
            : 'This is our fault. Your basket and orders are safe.'}
        </p>
        <Button variant="primary" onClick={() => window.location.reload()}>
          Reload page
        </Button>
      </EmptyState>
    </Page>
  );
}

export function LoadingPage() {
  return (
    <Loading what="the page">
      <span />
    </Loading>
  );
}
