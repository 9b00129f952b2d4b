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

describe('reading a form', () => {
  it('gives what all parts give', () => {
    expect(parseFields({ a: () => 1, b: () => 'two' })).toEqual({ a: 1, b: 'two' });
  });

  it('names everything that is wrong, and not the first alone', () => {
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

  it('hides no error of ours', () => {
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

  it('counts characters, not halves of them', () => {
    expect(requireLength('👩‍🍳👍🏽', 'name', 2, 100)).toBe('👩‍🍳👍🏽');
    expect(requireLength('👍👍', 'name', 2, 2)).toBe('👍👍');
    expect(thrownBy(() => requireLength('👍', 'name', 2, 100))).toBeDefined();
  });
});
