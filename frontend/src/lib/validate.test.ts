import { describe, expect, it } from 'vitest';
import { toProblem } from './api/problem';
import { fieldProblem, parseFields, requireLength, requireText } from './validate';

function thrownBy(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  return undefined;
}

describe('parseFields', () => {
  it('returns the values of all parsers', () => {
    expect(parseFields({ a: () => 1, b: () => 'two' })).toEqual({ a: 1, b: 'two' });
  });

  it('reports all errors, not only the first', () => {
    const read = () =>
      parseFields({
        name: () => requireText(' ', 'name'),
        fine: () => 1,
        password: () => requireLength('short', 'password', 8, 128),
        other: () => {
          throw fieldProblem('other', 'must be right');
        },
      });
    expect(toProblem(thrownBy(read)).fields).toEqual([
      { field: 'name', message: 'must not be empty' },
      { field: 'password', message: 'must be 8 to 128 characters long' },
      { field: 'other', message: 'must be right' },
    ]);
  });

  it('passes on other errors', () => {
    const bug = new Error('bug');
    const read = () =>
      parseFields({
        name: () => requireText('', 'name'),
        other: () => {
          throw bug;
        },
      });
    expect(thrownBy(read)).toBe(bug);
  });

  it('counts code points, not UTF-16 units', () => {
    expect(requireLength('👩‍🍳👍🏽', 'name', 2, 100)).toBe('👩‍🍳👍🏽');
    expect(requireLength('👍👍', 'name', 2, 2)).toBe('👍👍');
    expect(thrownBy(() => requireLength('👍', 'name', 2, 100))).toBeDefined();
  });
});
