import { Dialog as Base } from '@base-ui/react/dialog';
import type { ReactNode } from 'react';
import { IconButton } from './Button';
import styles from './Dialog.module.css';
import { Icon } from './Icon';

type Props = { open: boolean; onClose: () => void; title: string; side?: boolean; persistent?: boolean; children: ReactNode };

/**
 * A modal dialog. `side` makes it a drawer, which suits phones. A `persistent` one closes only with its
 * buttons, not by accident.
 */
export function Dialog({ open, onClose, title, side = false, persistent = false, children }: Props) {
  return (
    <Base.Root open={open} onOpenChange={(open, { reason }) => !open && (!persistent || reason === 'close-press') && onClose()}>
      <Base.Portal>
        <Base.Backdrop className={styles.backdrop} />
        <Base.Popup className={side ? styles.drawer : styles.popup}>
          <div className={styles.header}>
            <Base.Title className={styles.title}>{title}</Base.Title>
            <Base.Close render={<IconButton label="Close" />}>
              <Icon name="close" />
            </Base.Close>
          </div>
          {children}
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}
