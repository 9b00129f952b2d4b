import type { ReactNode } from 'react';
import { Button } from './Button';
import styles from './Dialog.module.css';
import { Modal } from './Modal';

type Props = {
  open: boolean;
  title: ReactNode;
  text: ReactNode;
  cancelLabel?: string | undefined;
  onCancel: () => void;
  /** The confirming button. */
  children: ReactNode;
};

/** A question that interrupts. A click outside of it is no answer. */
export function AlertDialog({ open, title, text, cancelLabel = 'Cancel', onCancel, children }: Props) {
  return (
    <Modal open={open} onCancel={onCancel} closedBy="closerequest" role="alertdialog">
      {(ids) => (
        <>
          <h2 id={ids.title} className={styles.title}>
            {title}
          </h2>
          <div id={ids.text} className={styles.text}>
            {text}
          </div>
          <div className={styles.actions}>
            <Button onClick={onCancel}>{cancelLabel}</Button>
            {children}
          </div>
        </>
      )}
    </Modal>
  );
}
