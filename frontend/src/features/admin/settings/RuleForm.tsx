import type { ReactNode } from 'react';
import { Button } from '@/components/ui/Button';
import { FormAlert } from '@/components/ui/FormAlert';
import { LeaveGuard } from '@/components/ui/LeaveGuard';
import { SubmitCancelled, useForm } from '@/lib/useForm';
import { Panel } from '../components/Panel';
import { useConfirm } from '../components/useConfirm';
import styles from './Settings.module.css';

type Props<Body, Saved> = {
  title: string;
  /** The names of the fields, as the API names them in errors. */
  fields: readonly string[];
  parse: (data: FormData) => Body;
  /** Questions about values that are probably not intended. */
  warnings?: (body: Body) => string[];
  send: (body: Body) => Promise<Saved>;
  onSuccess: (saved: Saved) => void;
  /** The text of the submit button. */
  submitLabel: string;
  otherActions?: ReactNode;
  children: (fieldError: (field: string) => string | undefined) => ReactNode;
};

/** A form of the settings: errors at their fields, questions before it is sent, and no loss of unsaved input. */
export function RuleForm<Body, Saved>({ title, fields, parse, warnings, send, onSuccess, submitLabel, otherActions, children }: Props<Body, Saved>) {
  const { confirm, dialog } = useConfirm();
  const { form, submit, submitting, fieldError, formError, isDirty } = useForm(
    fields,
    async (data) => {
      const body = parse(data);
      const questions = warnings?.(body) ?? [];
      const confirmation = { title: 'Is this correct?', text: questions.join(' '), confirmLabel: 'Save anyway', cancelLabel: 'Go back' };
      if (questions.length > 0 && !(await confirm(confirmation))) throw new SubmitCancelled();
      return send(body);
    },
    onSuccess,
  );
  return (
    <form ref={form} onSubmit={submit} noValidate className={styles.form}>
      {dialog}
      <LeaveGuard isDirty={isDirty} />
      <Panel title={title}>
        <FormAlert error={formError} />
        {children(fieldError)}
        <div className={styles.formActions}>
          {otherActions ?? <span />}
          <Button type="submit" variant="primary" loading={submitting}>
            {submitLabel}
          </Button>
        </div>
      </Panel>
    </form>
  );
}
