import type { ReactNode } from 'react';
import { problemMessage } from '@/lib/api/problem';
import type { FormError } from '@/lib/useForm';
import { toSentence } from '@/lib/text';
import { Notice } from './State';
import styles from './State.module.css';

/** What a form was refused for beyond its fields. `children` say it in the form's own words. */
export function FormAlert({ refused, children }: { refused: FormError | undefined; children?: ReactNode }) {
  if (!refused) return null;
  const { problem, otherFields } = refused;
  return (
    <Notice tone="bad" about={problem}>
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
      {problem.status >= 500 && problem.requestId && <span className={styles.more}>Reference: {problem.requestId}</span>}
    </Notice>
  );
}
