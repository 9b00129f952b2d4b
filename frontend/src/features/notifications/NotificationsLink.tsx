import { useQuery } from '@tanstack/react-query';
import { Link } from 'react-router';
import { CountBadge } from '@/components/ui/CountBadge';
import { unreadQuery } from './queries';

export function NotificationsLink({ userId }: { userId: number }) {
  const unread = useQuery(unreadQuery(userId)).data ?? 0;
  const label = unread === 0 ? 'Notifications' : `Notifications, ${unread} unread`;
  return <CountBadge icon="bell" count={unread} label={label} render={(inside) => <Link to="/notifications" {...inside} />} />;
}
