import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Button } from '@/components/ui/Button';
import { ConfirmButton } from '@/components/ui/ConfirmButton';
import { showToast } from '@/components/ui/Toasts';
import { addressLines } from '@/lib/address';
import { api, expectSuccess } from '@/lib/api/client';
import { problemMessage, toProblem } from '@/lib/api/problem';
import type { SavedAddress } from '@/lib/api/types';
import styles from './addresses.module.css';
import { addressesQuery, makeDefault } from './addresses';

export function AddressCard({ userId, address, onEdit }: { userId: number; address: SavedAddress; onEdit: () => void }) {
  const queries = useQueryClient();
  const refresh = () => queries.invalidateQueries({ queryKey: addressesQuery(userId).queryKey });
  const choose = useMutation({
    mutationFn: () => makeDefault(address),
    onError: (error) => showToast(problemMessage(error), 'bad'),
    onSettled: refresh,
  });
  const remove = async () => {
    try {
      await expectSuccess(api.DELETE('/api/users/me/addresses/{id}', { params: { path: { id: address.id } } }));
    } catch (error) {
      const problem = toProblem(error);
      // Already deleted: fine.
      if (problem.status !== 404) {
        showToast(problemMessage(problem), 'bad');
        await refresh();
        return;
      }
    }
    await refresh();
    showToast('The address has been deleted.', 'good');
  };
  const which = `${address.name}, ${address.line1}`;
  return (
    <>
      {address.isDefault && <p className={styles.default}>Default address</p>}
      <address className={styles.lines}>
        <strong>{address.name}</strong>
        {addressLines(address).map((line, index) => (
          <span key={index}>{line}</span>
        ))}
        {address.phone != null && <span className={styles.muted}>{address.phone}</span>}
      </address>
      <div className={styles.actions}>
        <Button size="s" aria-label={`Edit ${which}`} onClick={onEdit}>
          Edit
        </Button>
        {!address.isDefault && (
          <Button size="s" variant="ghost" loading={choose.isPending} aria-label={`Make default: ${which}`} onClick={() => choose.mutate()}>
            Make default
          </Button>
        )}
        <ConfirmButton label="Delete" ariaLabel={`Delete ${which}`} title="Delete this address?" confirmLabel="Delete address" onConfirm={remove}>
          Orders that were sent to it keep it.
        </ConfirmButton>
      </div>
    </>
  );
}
