import { useQuery } from '@tanstack/react-query';
import { userQuery } from '../lib/users';

/** A user by name; by number until the name is there, or where there is none. */
export function UserName({ id }: { id: number }) {
  const { data } = useQuery(userQuery(id));
  return data?.name ?? `User ${id}`;
}
