import { useMutation } from '@tanstack/react-query';
import { type RefObject, useEffect, useRef } from 'react';
import { type Problem, toProblem } from './api/problem';
import type { FieldError } from './api/types';
import { toSentence } from './text';

/** A problem that the form cannot show at its own fields; `otherFields` are fields that it does not have. */
export type FormError = { problem: Problem; otherFields: readonly FieldError[] };

type Form = {
  /** For the form's `ref`. */
  form: RefObject<HTMLFormElement | null>;
  /** For `onSubmit`. Ignores further submits while one is in progress. */
  submit: (event: { preventDefault: () => void }) => void;
  submitting: boolean;
  /** The API's error for this field. */
  fieldError: (field: string) => string | undefined;
  /** For a `FormAlert`; undefined if every error is shown at a field. */
  formError: FormError | undefined;
  /** Whether the form has changes that were not sent. */
  isDirty: () => boolean;
};

/** Thrown by `send` when the user declined its confirmation: nothing was sent, and there is no error to show. */
export class SubmitCancelled extends Error {}

/**
 * A form that is validated by the API: all errors are shown at the fields they name, and the first
 * invalid field gets the focus. Errors of other fields, or of none, are for the form's alert.
 */
export function useForm<T>(
  fields: readonly string[],
  send: (data: FormData) => Promise<T>,
  onSuccess: (result: T) => void,
): Form {
  const form = useRef<HTMLFormElement>(null);
  const inProgress = useRef(false);
  /** The content of the fields when the form was shown or last sent; undefined until it is read. */
  const initialContent = useRef<string>(undefined);
  const { mutate, error, isPending, isSuccess } = useMutation({
    mutationFn: send,
    onSuccess: (result) => {
      initialContent.current = undefined;
      onSuccess(result);
    },
    onSettled: () => {
      inProgress.current = false;
    },
  });
  const failure = error instanceof SubmitCancelled ? null : error;
  const problem = failure ? toProblem(failure) : undefined;

  useEffect(() => {
    if (form.current) initialContent.current ??= contentOf(form.current, fields);
    // Also after a success: what was sent is no longer a change.
  }, [fields, isSuccess]);
  useEffect(() => {
    if (failure) focusFirstInvalid(form.current, toProblem(failure));
  }, [failure]);

  return {
    form,
    submitting: isPending,
    formError: toFormError(problem, fields),
    fieldError: (field) => {
      const errors = problem?.fields.filter((one) => one.field === field);
      return errors && errors.length > 0 ? errors.map(({ message }) => toSentence(message)).join(' ') : undefined;
    },
    isDirty: () => form.current !== null && initialContent.current !== undefined && contentOf(form.current, fields) !== initialContent.current,
    submit: (event) => {
      event.preventDefault();
      if (!form.current || inProgress.current) return;
      inProgress.current = true;
      mutate(new FormData(form.current));
    },
  };
}

export function toFormError(problem: Problem | undefined, fields: readonly string[]): FormError | undefined {
  if (!problem) return undefined;
  const otherFields = problem.fields.filter(({ field }) => !fields.includes(field));
  return problem.fields.length > 0 && otherFields.length === 0 ? undefined : { problem, otherFields };
}

function focusFirstInvalid(form: HTMLFormElement | null, problem: Problem): void {
  const invalid = new Set(problem.fields.map(({ field }) => field));
  // In the order of the page, not of the response.
  const first = [...(form?.elements ?? [])].find((element) => invalid.has(element.getAttribute('name') ?? ''));
  if (first instanceof HTMLElement) first.focus();
}

function contentOf(form: HTMLFormElement, fields: readonly string[]): string {
  const data = new FormData(form);
  return JSON.stringify(fields.map((field) => data.getAll(field)));
}

export function formText(data: FormData, field: string): string {
  const value = data.get(field);
  return typeof value === 'string' ? value : '';
}
