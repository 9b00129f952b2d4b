import { useMutation } from '@tanstack/react-query';
import { Button } from '@/components/ui/Button';
import { ConfirmButton } from '@/components/ui/ConfirmButton';
import { TextField } from '@/components/ui/Field';
import { showToast } from '@/components/ui/Toasts';
import { api, expectSuccess, unwrap } from '@/lib/api/client';
import { problemMessage } from '@/lib/api/problem';
import { formatDate } from '@/lib/dates';
import styles from './orders.module.css';

/** A link that shows the order without a session, for who has it. */
export function OrderLink({ orderId }: { orderId: number }) {
  const params = { path: { id: orderId } };
  const { data, isPending, mutate, reset } = useMutation({
    mutationFn: () => unwrap(api.POST('/api/orders/{id}/link', { params })),
    onError: (error) => showToast(problemMessage(error), 'bad'),
  });
  const end = async () => {
    try {
      await expectSuccess(api.DELETE('/api/orders/{id}/link', { params }));
      reset();
      showToast('All links to this order have ended.', 'good');
    } catch (error) {
      showToast(problemMessage(error), 'bad');
    }
  };
  return (
    <section aria-labelledby="link" className={styles.payments}>
      <h2 id="link">Link to this order</h2>
      <p className={styles.muted}>With a link this order can be seen without logging in, by everyone who has it. Our mails have one.</p>
      {data && (
        <TextField
          label="Link"
          readOnly
          value={new URL(data.url, window.location.origin).toString()}
          onFocus={(event) => event.currentTarget.select()}
          hint={`It works until ${formatDate(data.expiresAt)}.`}
        />
      )}
      <div className={styles.buttons}>
        {!data && (
          <Button size="s" loading={isPending} onClick={() => mutate()}>
            Create link
          </Button>
        )}
        <ConfirmButton label="End all links" variant="ghost" title="End all links to this order?" confirmLabel="End links" onConfirm={end}>
          The links in our mails stop working as well. You can create a new one at any time.
        </ConfirmButton>
      </div>
    </section>
  );
}
