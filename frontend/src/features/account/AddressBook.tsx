import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Button } from '@/components/ui/Button';
import { EmptyState, LoadError, Skeleton } from '@/components/ui/State';
import { formatCount } from '@/lib/text';
import { AddressCard } from './AddressCard';
import { AddressForm } from './AddressForm';
import styles from './addresses.module.css';
import { addressesQuery, MAX_ADDRESSES } from './addresses';

/** The id of the address whose form is open, or that of a new one. */
type Editing = number | 'new' | undefined;

export function AddressBook({ userId }: { userId: number }) {
  const list = useQuery(addressesQuery(userId));
  const [editing, setEditing] = useState<Editing>();
  const close = () => setEditing(undefined);
  if (list.isPending) {
    return (
      <div className={styles.book} aria-busy="true">
        <Skeleton lines={2} className={styles.placeholder} />
      </div>
    );
  }
  if (list.isError) return <LoadError error={list.error} onRetry={() => void list.refetch()} />;
  const all = list.data;
  const isFull = all.length >= MAX_ADDRESSES;
  return (
    // Takes the focus when a form or an address in it is removed.
    <div role="group" aria-label="Saved addresses" className={styles.book}>
      {all.length === 0 && editing !== 'new' && (
        <EmptyState icon="truck" title="No saved addresses">
          <p>Save an address, and you will not have to type it at checkout.</p>
        </EmptyState>
      )}
      {all.length > 0 && (
        <ul className={styles.list}>
          {all.map((address) => (
            <li key={address.id} className={styles.address}>
              {editing === address.id ? (
                <AddressForm userId={userId} before={address} isFirst={false} onClose={close} />
              ) : (
                <AddressCard userId={userId} address={address} onEdit={() => setEditing(address.id)} />
              )}
            </li>
          ))}
        </ul>
      )}
      {editing === 'new' ? (
        <section className={styles.address} aria-label="New address">
          <h2 className={styles.title}>New address</h2>
          <AddressForm userId={userId} isFirst={all.length === 0} onClose={close} />
        </section>
      ) : isFull ? (
        <p className={styles.muted}>You have saved {formatCount(all.length, 'address', 'addresses')}. To add another one, delete one first.</p>
      ) : (
        <div>
          <Button variant={all.length === 0 ? 'primary' : 'plain'} onClick={() => setEditing('new')}>
            Add address
          </Button>
        </div>
      )}
    </div>
  );
}
