import { Toast } from '@base-ui/react/toast';
import { IconButton } from './Button';
import { Icon } from './Icon';
import styles from './Toasts.module.css';

const manager = Toast.createToastManager();
/** Long enough to read it twice. F6 focuses the list and stops the timer. */
const SHOWN_MS = 6_000;

type Kind = 'good' | 'bad' | 'plain';
type Action = { label: string; onClick: () => void };

/** For minor messages: important ones must also be shown on the page. */
export function showToast(title: string, kind: Kind = 'plain', action?: Action): void {
  const id: string = manager.add({
    title,
    type: kind,
    timeout: SHOWN_MS,
    priority: kind === 'bad' ? 'high' : 'low',
    ...(action && {
      actionProps: {
        children: action.label,
        onClick: () => {
          manager.close(id);
          action.onClick();
        },
      },
    }),
  });
}

export function Toasts() {
  return (
    <Toast.Provider toastManager={manager} limit={3}>
      <Toast.Portal>
        <Toast.Viewport className={styles.viewport}>
          <List />
        </Toast.Viewport>
      </Toast.Portal>
    </Toast.Provider>
  );
}

function List() {
  const { toasts } = Toast.useToastManager();
  return toasts.map((one) => (
    <Toast.Root key={one.id} toast={one} className={styles.toast} swipeDirection={['right', 'down']}>
      <Toast.Content className={styles.content}>
        <Toast.Title className={styles.title} />
        <Toast.Action className={styles.action} />
        <Toast.Close render={<IconButton label="Dismiss" />}>
          <Icon name="close" size={18} />
        </Toast.Close>
      </Toast.Content>
    </Toast.Root>
  ));
}
