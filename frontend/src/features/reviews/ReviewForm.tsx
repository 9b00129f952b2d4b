import { useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { Button } from '@/components/ui/Button';
import { TextArea } from '@/components/ui/Field';
import { FormAlert } from '@/components/ui/FormAlert';
import { LeaveGuard } from '@/components/ui/LeaveGuard';
import { showToast } from '@/components/ui/Toasts';
import { api, unwrap } from '@/lib/api/client';
import { problemMessage } from '@/lib/api/problem';
import type { Review } from '@/lib/api/types';
import { keepUserOnExpiry } from '@/lib/session';
import { formText, useForm } from '@/lib/useForm';
import { fieldProblem } from '@/lib/validate';
import { ownReviewQuery, refreshReviews } from './queries';
import { RatingField } from './RatingField';
import styles from './Reviews.module.css';

const MAX_LENGTH = 5000;
const FIELDS = ['rating', 'comment'] as const;

type Props = { productId: number; userId: number; before: Review | null; onClose: () => void };

export function ReviewForm({ productId, userId, before, onClose }: Props) {
  const queries = useQueryClient();
  const { form, submit, submitting, fieldError, formError, isDirty } = useForm(
    FIELDS,
    async (data) => {
      if (formText(data, 'rating') === '') throw fieldProblem('rating', 'must be 1 to 5 stars');
      const body = { rating: Number(formText(data, 'rating')), comment: formText(data, 'comment').trim() };
      return before
        ? unwrap(api.PUT('/api/reviews/{id}', { params: { path: { id: before.id } }, body: body }))
        : unwrap(api.POST('/api/reviews', { body: { productId, ...body } }));
    },
    (review) => {
      void refreshReviews(queries, productId, userId, review);
      showToast('Thank you for your review.', 'good');
      onClose();
    },
  );
  // An unfinished review must not disappear when the session expires.
  useEffect(keepUserOnExpiry, []);
  // The form was opened by the user, so it takes the focus.
  useEffect(() => form.current?.querySelector<HTMLElement>('input:checked, input')?.focus(), [form]);
  return (
    <form ref={form} onSubmit={submit} className={styles.sidebar} noValidate>
      <LeaveGuard isDirty={isDirty} />
      <FormAlert error={formError}>
        {formError?.problem.code === 'already_reviewed' ? (
          <>
            <span>{problemMessage(formError.problem)}</span>
            <Button size="s" onClick={() => void queries.resetQueries({ queryKey: ownReviewQuery(productId, userId).queryKey })}>
              Show review
            </Button>
          </>
        ) : undefined}
      </FormAlert>
      <RatingField name="rating" initialRating={before?.rating} error={fieldError('rating')} />
      <TextArea
        label="What would you tell a friend?"
        name="comment"
        maxLength={MAX_LENGTH}
        defaultValue={before?.comment}
        error={fieldError('comment')}
        hint="Optional"
      />
      <div className={styles.ownActions}>
        <Button type="submit" variant="primary" loading={submitting}>
          {before ? 'Save' : 'Publish'}
        </Button>
        <Button variant="ghost" onClick={onClose}>
          Cancel
        </Button>
      </div>
    </form>
  );
}
