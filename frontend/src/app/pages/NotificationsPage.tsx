import { Page } from '@/components/ui/Page';
import { NotificationList } from '@/features/notifications/NotificationList';
import { useUser } from '@/lib/session';

export function NotificationsPage() {
  const user = useUser();
  return (
    <Page title="Notifications" narrow>
      {user && <NotificationList key={user.id} userId={user.id} />}
    </Page>
  );
}
