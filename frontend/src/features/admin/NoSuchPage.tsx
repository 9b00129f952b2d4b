import { Desk } from './components/Desk';
import { ButtonLink } from '@/components/ui/Button';
import { Empty } from '@/components/ui/State';

export function NoSuchPage() {
  return (
    <Desk title="Not found">
      <Empty icon="search" title="Page not found">
        <ButtonLink to="/admin" look="primary">
          Go to dashboard
        </ButtonLink>
      </Empty>
    </Desk>
  );
}
