import { expect, it } from 'vitest';
import { toProblem } from '@/lib/api/problem';
import { parseMessage } from './message';

const typed = { user: ' 7 ', kind: 'note', order: '', subject: ' Hello ', message: 'Good news.\n' };

it('parses a message', () => {
  expect(parseMessage(typed)).toEqual({ userId: 7, type: 'note', subject: 'Hello', message: 'Good news.' });
  expect(parseMessage({ ...typed, order: '12' })).toMatchObject({ orderId: 12 });
});

it.each([
  ['userId', { user: 'Ada' }],
  ['subject', { subject: ' ' }],
  ['message', { message: '' }],
  ['orderId', { order: 'last' }],
])('reports an error at %s', (field, change) => {
  let problem;
  try {
    parseMessage({ ...typed, ...change });
  } catch (error) {
    problem = toProblem(error);
  }
  expect(problem?.fields.map((one) => one.field)).toEqual([field]);
});
