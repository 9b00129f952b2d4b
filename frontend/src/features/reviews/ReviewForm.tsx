import { useQueryClient } from '@tanstack/react-query';
import { Button } from '@/components/ui/Button';
import { TextArea } from '@/components/ui/Field';
import { StarsField } from '@/components/ui/StarsField';
import { Notice } from '@/components/ui/State';
import { toast } from '@/components/ui/Toasts';
import { api, ok } from '@/lib/api/client';
import type { Review } from '@/lib/api/types';
import { text, useSubmit } from '@/lib/submit';
import { afterChange, mineQuery } from './queries';
import styles from './Reviews.module.css';

const LONGEST = 5000;

type Written = { productId: number; userId: number; before: Review | null; onClose: () => void };

export function ReviewForm({ productId, userId, before, onClose }: Written) {
  const queries = useQueryClient();
  const { form, submit, busy, errorOf, problem } = useSubmit(
    ['rating', 'comment'],
    (data) => {
      const said = { rating: Number(text(data, 'rating')), comment: text(data, 'comment').trim() };
      return before
        ? ok(api.PUT('/api/reviews/{id}', { params: { path: { id: before.id } }, body: said }))
        : ok(api.POST('/api/reviews', { body: { productId, ...said } }));
    },
    (review) => {
      void afterChange(queries, productId, userId, review);
      toast('Thank you for your review.', 'good');
      onClose();
    },
  );
  return (
    <form ref={form} onSubmit={submit} className={styles.side} noValidate>
      {problem && (
        <Notice tone="bad">
          {problem.message}
          {problem.code === 'already_reviewed' && (
            <Button size="s" onClick={() => void queries.resetQueries({ queryKey: mineQuery(productId, userId).queryKey })}>
              Show it
            </Button>
          )}
        </Notice>
      )}
      <StarsField name="rating" initial={before?.rating} error={errorOf('rating')} />
      <TextArea
        label="What would you tell a friend?"
        name="comment"
        maxLength={LONGEST}
        defaultValue={before?.comment}
        error={errorOf('comment')}
        hint="You may leave this empty."
      />
      <div className={styles.ownActions}>
        <Button type="submit" look="primary" busy={busy}>
          {before ? 'Save' : 'Publish'}
        </Button>
        <Button look="ghost" onClick={onClose}>
          Cancel
        </Button>
      </div>
    </form>
  );
}
