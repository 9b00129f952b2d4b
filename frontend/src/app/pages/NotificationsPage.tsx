import { Page } from '@/components/ui/Page';
import { NotificationList } from '@/features/notifications/NotificationList';
import { hasAccount, useUser } from '@/lib/session';
import { AccountNeeded } from './AccountNeeded';

export function NotificationsPage() {
  const user = useUser();
  if (user && !hasAccount(user)) return <AccountNeeded title="Notifications" what="Notifications are part of an account. Updates on your orders reach you by email." />;
  return (
    <Page title="Notifications" narrow>
      {user && <NotificationList key={user.id} userId={user.id} />}
    </Page>
  );
}
