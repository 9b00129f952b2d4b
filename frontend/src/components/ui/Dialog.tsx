import type { ReactNode } from 'react';
import { IconButton } from './Button';
import styles from './Dialog.module.css';
import { Icon } from './Icon';
import { Modal } from './Modal';

type Props = { open: boolean; onClose: () => void; title: string; side?: boolean; persistent?: boolean; children: ReactNode };

/**
 * A modal dialog. `side` makes it a drawer, which suits phones. A `persistent` one closes only with its
 * buttons, not by accident.
 */
export function Dialog({ open, onClose, title, side = false, persistent = false, children }: Props) {
  return (
    <Modal open={open} onCancel={onClose} closedBy={persistent ? 'none' : 'any'} side={side}>
      {(ids) => (
        <>
          <div className={styles.header}>
            <h2 id={ids.title} className={styles.title}>
              {title}
            </h2>
            <IconButton label="Close" onClick={onClose}>
              <Icon name="close" />
            </IconButton>
          </div>
          {children}
        </>
      )}
    </Modal>
  );
}
