import { type ReactNode, useState } from 'react';
import { AlertDialog } from './AlertDialog';
import { Button } from './Button';

type Props = {
  /** The text of the button that opens the dialog. */
  label: ReactNode;
  ariaLabel?: string;
  variant?: 'plain' | 'danger' | 'ghost' | 'primary';
  size?: 's' | 'm';
  title: string;
  children: ReactNode;
  /** The text of the confirming button: a verb. */
  confirmLabel: string;
  cancelLabel?: string;
  /** The dialog stays open until the promise settles. The caller shows errors. */
  onConfirm: () => Promise<unknown>;
};

/** A button that asks for confirmation: for actions that cannot be undone, or that notify a customer. */
export function ConfirmButton(props: Props) {
  const [open, setOpen] = useState(false);
  const [busy, setBusy] = useState(false);
  // The props when the dialog was opened. They may change while it is open or closing: the button under
  // the pointer must not turn into another action.
  const [opened, setOpened] = useState(props);
  const confirm = () => {
    setBusy(true);
    opened
      .onConfirm()
      .catch(() => undefined) // the caller shows the error
      .finally(() => {
        setBusy(false);
        setOpen(false);
      });
  };
  const ask = () => {
    setOpened(props);
    setOpen(true);
  };
  return (
    <>
      <Button variant={props.variant ?? 'danger'} size={props.size ?? 's'} aria-label={props.ariaLabel} aria-haspopup="dialog" aria-expanded={open} onClick={ask}>
        {props.label}
      </Button>
      <AlertDialog open={open} title={opened.title} text={opened.children} cancelLabel={opened.cancelLabel} onCancel={() => !busy && setOpen(false)}>
        <Button variant={opened.variant === 'primary' ? 'primary' : 'danger'} loading={busy} onClick={() => open && confirm()}>
          {opened.confirmLabel}
        </Button>
      </AlertDialog>
    </>
  );
}
