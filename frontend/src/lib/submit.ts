import { useMutation } from '@tanstack/react-query';
import { type RefObject, useEffect, useRef } from 'react';
import { toProblem, type Problem } from './api/problem';
import type { FieldError } from './api/types';
import { sentence } from './words';

/** What is wrong beyond the form's own fields: `others` are fields that it does not have. */
export type Refused = { problem: Problem; others: readonly FieldError[] };

type Submitting = {
  /** For the form's `ref`. */
  form: RefObject<HTMLFormElement | null>;
  /** For `onSubmit`: sends once, however often it is pressed. */
  submit: (event: { preventDefault: () => void }) => void;
  busy: boolean;
  /** What is wrong with this field, in the API's words. */
  errorOf: (field: string) => string | undefined;
  /** For a `FormAlert`; undefined where all that is wrong stands at its field. */
  refused: Refused | undefined;
  /** Whether somebody has typed what is not sent yet. */
  isEdited: () => boolean;
};

/** Thrown by `send` where its question was answered with no: nothing was sent, and nothing is wrong. */
export class NotNow extends Error {}

/**
 * A form whose judge is the API: what it finds wrong is shown at the fields it names, all of them,
 * and the first such field gets the focus. Problems of fields that the form does not have, and such
 * of none, are for the form's alert.
 */
export function useSubmit<T>(
  fields: readonly string[],
  send: (data: FormData) => Promise<T>,
  then: (result: T) => void,
): Submitting {
  const form = useRef<HTMLFormElement>(null);
  const sending = useRef(false);
  /** The fields as they were given to us, or were sent last; undefined until the next look. */
  const untouched = useRef<string>(undefined);
  const { mutate, error, isPending, isSuccess } = useMutation({
    mutationFn: send,
    onSuccess: (result) => {
      untouched.current = undefined;
      then(result);
    },
    onSettled: () => {
      sending.current = false;
    },
  });
  const failure = error instanceof NotNow ? null : error;
  const problem = failure ? toProblem(failure) : undefined;

  useEffect(() => {
    if (form.current) untouched.current ??= content(form.current, fields);
    // After a success once more: what was sent is no longer an edit.
  }, [fields, isSuccess]);
  useEffect(() => {
    if (failure) focusFirst(form.current, toProblem(failure));
  }, [failure]);

  return {
    form,
    busy: isPending,
    refused: refusedOf(problem, fields),
    errorOf: (field) => {
      const wrong = problem?.fields.filter((one) => one.field === field);
      return wrong && wrong.length > 0 ? wrong.map(({ message }) => sentence(message)).join(' ') : undefined;
    },
    isEdited: () => form.current !== null && untouched.current !== undefined && content(form.current, fields) !== untouched.current,
    submit: (event) => {
      event.preventDefault();
      if (!form.current || sending.current) return;
      sending.current = true;
      mutate(new FormData(form.current));
    },
  };
}

/** What the form's alert has to say, and undefined where all of it stands at the fields. */
export function refusedOf(problem: Problem | undefined, fields: readonly string[]): Refused | undefined {
  if (!problem) return undefined;
  const others = problem.fields.filter(({ field }) => !fields.includes(field));
  return problem.fields.length > 0 && others.length === 0 ? undefined : { problem, others };
}

function focusFirst(form: HTMLFormElement | null, problem: Problem): void {
  const named = new Set(problem.fields.map(({ field }) => field));
  // In the order of the page, whatever the order of the answer.
  const first = [...(form?.elements ?? [])].find((element) => named.has(element.getAttribute('name') ?? ''));
  if (first instanceof HTMLElement) first.focus();
}

function content(form: HTMLFormElement, fields: readonly string[]): string {
  const data = new FormData(form);
  return JSON.stringify(fields.map((field) => data.getAll(field)));
}

/** A text field of a form. */
export function text(data: FormData, field: string): string {
  const value = data.get(field);
  return typeof value === 'string' ? value : '';
}
