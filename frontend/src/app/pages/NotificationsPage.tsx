import { Page } from '@/components/ui/Page';
import { NotificationList } from '@/features/notifications/NotificationList';
import { useUser } from '@/lib/session';

export function NotificationsPage() {
  const who = useUser();
  return (
    <Page title="Notifications" narrow>
      {who && <NotificationList key={who.id} userId={who.id} />}
    </Page>
  );
}
