import type { ProductData } from '@/lib/api/types';
import { amount, whole } from '@/lib/backoffice/typed';
import { text } from '@/lib/submit';

/** The form's fields, as the API names them. */
export const FIELDS = ['name', 'price', 'category', 'description', 'image', 'stock'] as const;

/** What the form says, as the API takes it: what is empty is left out. Throws a `Problem` at a field. */
export function productOf(data: FormData): ProductData {
  const said = (field: string) => {
    const words = text(data, field).trim();
    return words === '' ? undefined : words;
  };
  const [category, description, image, stock] = ['category', 'description', 'image', 'stock'].map(said);
  return {
    name: text(data, 'name').trim(),
    price: amount(text(data, 'price'), 'price'),
    ...(category !== undefined && { category }),
    ...(description !== undefined && { description }),
    ...(image !== undefined && { image }),
    ...(stock !== undefined && { stock: whole(stock, 'stock') }),
  };
}
