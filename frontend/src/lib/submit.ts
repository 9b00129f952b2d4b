import { useMutation } from '@tanstack/react-query';
import { type RefObject, useEffect, useRef } from 'react';
import { asProblem, type Problem } from './api/problem';
import { sentence } from './words';

type Submitting = {
  /** For the form's `ref`. */
  form: RefObject<HTMLFormElement | null>;
  /** For `onSubmit`: sends once, however often it is pressed. */
  submit: (event: { preventDefault: () => void }) => void;
  busy: boolean;
  /** What is wrong with this field, in the API's words. */
  errorOf: (field: string) => string | undefined;
  /** What is wrong beyond the form's fields. */
  problem: Problem | undefined;
};

/**
 * A form whose judge is the API: what it finds wrong is shown at the field it names, and the first
 * such field gets the focus. Problems of fields that the form does not have are shown as a whole.
 */
export function useSubmit<T>(
  fields: readonly string[],
  send: (data: FormData) => Promise<T>,
  then: (result: T) => void,
): Submitting {
  const form = useRef<HTMLFormElement>(null);
  const sending = useRef(false);
  const { mutate, error, isPending } = useMutation({
    mutationFn: send,
    onSuccess: then,
    onSettled: () => {
      sending.current = false;
    },
  });
  const problem = error ? asProblem(error) : undefined;
  const atFields = problem && problem.fields.length > 0 && problem.fields.every((wrong) => fields.includes(wrong.field));

  useEffect(() => {
    if (error) focusFirst(form.current, asProblem(error));
  }, [error]);

  return {
    form,
    busy: isPending,
    problem: atFields ? undefined : problem,
    errorOf: (field) => {
      const wrong = problem?.fields.find((one) => one.field === field);
      return wrong && sentence(wrong.message);
    },
    submit: (event) => {
      event.preventDefault();
      if (!form.current || sending.current) return;
      sending.current = true;
      mutate(new FormData(form.current));
    },
  };
}

function focusFirst(form: HTMLFormElement | null, problem: Problem): void {
  const elements = problem.fields.map(({ field }) => form?.elements.namedItem(field));
  elements.find((element) => element instanceof HTMLElement)?.focus();
}

/** A text field of a form. */
export function text(data: FormData, field: string): string {
  const value = data.get(field);
  return typeof value === 'string' ? value : '';
}
