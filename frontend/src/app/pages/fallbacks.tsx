import { useRouteError } from 'react-router';
import { Button, ButtonLink } from '@/components/ui/Button';
import { Page } from '@/components/ui/Page';
import { Empty, Loading } from '@/components/ui/State';

export function NotFoundPage() {
  return (
    <Page title="Not found" hideTitle>
      <Empty icon="search" title="There is no such page.">
        <p>It may have been moved, or the address is not quite right.</p>
        <ButtonLink to="/" look="primary">
          To the shop window
        </ButtonLink>
      </Empty>
    </Page>
  );
}

/** A bug of ours, or a file that is gone because the shop was updated while this tab was open. */
export function WentWrongPage() {
  const error = useRouteError();
  console.error(error);
  return (
    <main>
      <Page title="Something went wrong" hideTitle>
        <Empty icon="alert" title="This page broke.">
          <p>Your basket and your orders are safe. The shop may have been updated meanwhile; loading the page again helps then.</p>
          <Button look="primary" onClick={() => window.location.reload()}>
            Load it again
          </Button>
        </Empty>
      </Page>
    </main>
  );
}

export function LoadingPage() {
  return (
    <Loading what="the page">
      <span />
    </Loading>
  );
}
