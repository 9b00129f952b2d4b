import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Button } from '@/components/ui/Button';
import { TextField } from '@/components/ui/Field';
import { Icon } from '@/components/ui/Icon';
import { parseId } from '@/lib/id';
import { toSentence } from '@/lib/text';
import { userQuery } from '../lib/users';
import styles from './Orders.module.css';

/** Filters orders by customer. The API finds users only by id. */
export function CustomerFilter({ user, onChoose }: { user: number | undefined; onChoose: (user: number | undefined) => void }) {
  const [wrong, setWrong] = useState<string>();
  if (user !== undefined) return <SelectedCustomer user={user} onClear={() => onChoose(undefined)} />;
  return (
    <form
      className={styles.customer}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        const typed = new FormData(event.currentTarget).get('user');
        const id = parseId(typeof typed === 'string' ? typed.trim() : '');
        if (id !== undefined) {
          onChoose(id);
          return;
        }
        setWrong(toSentence('must be a customer ID'));
        event.currentTarget.querySelector('input')?.focus();
      }}
    >
      <TextField label="Customer ID" name="user" inputMode="numeric" autoComplete="off" error={wrong} />
      <Button type="submit">Filter</Button>
    </form>
  );
}

function SelectedCustomer({ user, onClear }: { user: number; onClear: () => void }) {
  const { data, isPending } = useQuery(userQuery(user));
  const name = data?.name ?? (isPending ? `Customer ${user}` : `Customer ${user} (not found)`);
  return (
    <button type="button" className={styles.selected} onClick={onClear}>
      <Icon name="user" size={18} /> {name} <Icon name="close" size={16} />
      <span className="visually-hidden">: clear customer filter</span>
    </button>
  );
}
