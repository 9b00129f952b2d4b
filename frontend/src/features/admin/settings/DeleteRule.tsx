import type { ReactNode } from 'react';
import { ConfirmButton } from '@/components/ui/ConfirmButton';
import { Icon } from '@/components/ui/Icon';
import { showToast } from '@/components/ui/Toasts';
import { problemMessage } from '@/lib/api/problem';

/** Deletes a rule after a question. `what` names it: `the tax rate of Germany`. */
export function DeleteRule({ what, remove, onSettled, onSuccess, size = 's', children }: {
  what: string;
  remove: () => Promise<void>;
  /** Loaded lists may be out of date. */
  onSettled: () => Promise<void>;
  onSuccess?: () => void;
  size?: 's' | 'm';
  /** What deleting it means. */
  children: ReactNode;
}) {
  const confirmed = async () => {
    try {
      await remove();
      showToast(`Deleted ${what}.`, 'good');
      onSuccess?.();
    } catch (error) {
      showToast(problemMessage(error), 'bad');
    }
    await onSettled();
  };
  return (
    <ConfirmButton
      label={
        size === 's' ? (
          <Icon name="trash" size={18} />
        ) : (
          <>
            <Icon name="trash" size={18} /> Delete
          </>
        )
      }
      ariaLabel={`Delete ${what}`}
      variant={size === 's' ? 'ghost' : 'danger'}
      size={size}
      title={`Delete ${what}?`}
      confirmLabel="Delete"
      onConfirm={confirmed}
    >
      {children}
    </ConfirmButton>
  );
}
