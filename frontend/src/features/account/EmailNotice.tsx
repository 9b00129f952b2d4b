import { useMutation, useQuery } from '@tanstack/react-query';
import { Button } from '@/components/ui/Button';
import { Notice } from '@/components/ui/State';
import { showToast } from '@/components/ui/Toasts';
import { problemMessage } from '@/lib/api/problem';
import type { User } from '@/lib/api/types';
import { meQuery, sendVerification } from './verification';

/** Shown until the email address of the account is confirmed. */
export function EmailNotice({ user }: { user: User }) {
  const { data } = useQuery(meQuery(user));
  const send = useMutation({
    mutationFn: sendVerification,
    onSuccess: () => showToast(`A new link is on its way to ${user.email}.`, 'good'),
    onError: (error) => showToast(problemMessage(error), 'bad'),
  });
  // An API that is being updated may not say it yet.
  if ((data as Partial<User>).emailVerified !== false) return null;
  return (
    <Notice>
      <strong>Confirm your email address</strong>
      <span>We sent a link to {user.email}. Once you have opened it, orders that you placed with this address as a guest are in your account.</span>
      <span>
        <Button size="s" loading={send.isPending} onClick={() => send.mutate()}>
          Send again
        </Button>
      </span>
    </Notice>
  );
}
