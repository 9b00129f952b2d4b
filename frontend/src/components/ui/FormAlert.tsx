import type { ReactNode } from 'react';
import { problemMessage } from '@/lib/api/problem';
import type { Refused } from '@/lib/submit';
import { sentence } from '@/lib/words';
import { Notice } from './State';
import styles from './State.module.css';

/** What a form was refused for beyond its fields. `children` say it in the form's own words. */
export function FormAlert({ refused, children }: { refused: Refused | undefined; children?: ReactNode }) {
  if (!refused) return null;
  const { problem, others } = refused;
  return (
    <Notice tone="bad" about={problem}>
      {children ?? <span>{problemMessage(problem)}</span>}
      {others.length > 0 && (
        <ul>
          {others.map(({ field, message }) => (
            <li key={`${field} ${message}`}>
              {field}: {sentence(message)}
            </li>
          ))}
        </ul>
      )}
      {problem.status >= 500 && problem.requestId && <span className={styles.more}>Reference: {problem.requestId}</span>}
    </Notice>
  );
}
