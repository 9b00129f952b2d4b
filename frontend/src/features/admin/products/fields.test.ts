import { describe, expect, it } from 'vitest';
import { toProblem } from '@/lib/api/problem';
import { parseProduct } from './fields';

function form(fields: Record<string, string>): FormData {
  const data = new FormData();
  for (const [name, value] of Object.entries(fields)) data.set(name, value);
  return data;
}

describe('parseProduct', () => {
  it('omits empty fields', () => {
    expect(parseProduct(form({ name: ' Cup ', price: '4,50', category: '', description: '  ', image: '', stock: '' }))).toEqual({ name: 'Cup', price: 4.5 });
  });

  it('parses all fields', () => {
    const all = { name: 'Cup', price: '4', category: 'Kitchen', description: 'Blue.', image: '/images/cup.svg', stock: '12' };
    expect(parseProduct(form(all))).toEqual({ ...all, price: 4, stock: 12 });
  });

  it('uses the existing spelling of a category', () => {
    expect(parseProduct(form({ name: 'Cup', price: '4', category: 'kitchen' }), ['Kitchen'])).toMatchObject({ category: 'Kitchen' });
  });

  it.each([
    ['price', { name: 'Cup', price: 'cheap' }],
    ['stock', { name: 'Cup', price: '1', stock: 'many' }],
    ['stock', { name: 'Cup', price: '1', stock: '-7' }],
    ['name price stock', { name: ' ', price: 'cheap', stock: '1.5' }],
  ])('reports errors at %s', (field, fields) => {
    let problem;
    try {
      parseProduct(form(fields));
    } catch (error) {
      problem = toProblem(error);
    }
    expect(problem?.fields.map((wrong) => wrong.field)).toEqual(field.split(' '));
  });
});
