import { useQuery } from '@tanstack/react-query';
import { userQuery } from '../lib/users';

/** A user's name, or id while it loads or if there is no such user. */
export function UserName({ id }: { id: number }) {
  const { data } = useQuery(userQuery(id));
  return data?.name ?? `User ${id}`;
}
