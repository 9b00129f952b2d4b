import type { ReactNode } from 'react';
import { problemMessage } from '@/lib/api/problem';
import { toSentence } from '@/lib/text';
import type { FormError } from '@/lib/useForm';
import { Notice } from './State';
import styles from './State.module.css';

/** The error of a form that is not about its fields. `children` replace its message. */
export function FormAlert({ error, children }: { error: FormError | undefined; children?: ReactNode }) {
  if (!error) return null;
  const { problem, otherFields } = error;
  return (
    <Notice tone="bad" announceKey={problem}>
      {children ?? <span>{problemMessage(problem)}</span>}
      {otherFields.length > 0 && (
        <ul>
          {otherFields.map(({ field, message }) => (
            <li key={`${field} ${message}`}>
              {field}: {toSentence(message)}
            </li>
          ))}
        </ul>
      )}
      {problem.status >= 500 && problem.requestId && <span className={styles.detail}>Reference: {problem.requestId}</span>}
    </Notice>
  );
}
