import { Dialog as Base } from '@base-ui/react/dialog';
import type { ReactNode } from 'react';
import { IconButton } from './Button';
import styles from './Dialog.module.css';
import { Icon } from './Icon';

type Shown = { open: boolean; onClose: () => void; title: string; side?: boolean; persistent?: boolean; children: ReactNode };

/**
 * A dialog over the page; `side` makes it a drawer from the edge, which suits telephones. A `steady`
 * one closes by its buttons alone: what is behind it would be lost by a slip.
 */
export function Dialog({ open, onClose, title, side = false, persistent = false, children }: Shown) {
  return (
    <Base.Root open={open} onOpenChange={(wish, { reason }) => !wish && (!persistent || reason === 'close-press') && onClose()}>
      <Base.Portal>
        <Base.Backdrop className={styles.backdrop} />
        <Base.Popup className={side ? styles.drawer : styles.popup}>
          <div className={styles.head}>
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
