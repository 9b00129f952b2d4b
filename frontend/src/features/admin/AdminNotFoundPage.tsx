import { ButtonLink } from '@/components/ui/Button';
import { EmptyState } from '@/components/ui/State';
import { AdminPage } from './components/AdminPage';

export function AdminNotFoundPage() {
  return (
    <AdminPage title="Not found">
      <EmptyState icon="search" title="Page not found">
        <ButtonLink to="/admin" variant="primary">
          Go to dashboard
        </ButtonLink>
      </EmptyState>
    </AdminPage>
  );
}
