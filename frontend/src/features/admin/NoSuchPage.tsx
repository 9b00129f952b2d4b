import { Desk } from '@/components/backoffice/Desk';
import { ButtonLink } from '@/components/ui/Button';
import { Empty } from '@/components/ui/State';

export function NoSuchPage() {
  return (
    <Desk title="Not found">
      <Empty icon="search" title="The back office has no such page.">
        <ButtonLink to="/admin" look="primary">
          To the dashboard
        </ButtonLink>
      </Empty>
    </Desk>
  );
}
