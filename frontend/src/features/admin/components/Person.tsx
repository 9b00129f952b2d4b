import { useQuery } from '@tanstack/react-query';
import { personQuery } from '../lib/people';

/** A user by name; by number until the name is there, or where there is none. */
export function PersonName({ id }: { id: number }) {
  const { data } = useQuery(personQuery(id));
  return data?.name ?? `User ${id}`;
}
