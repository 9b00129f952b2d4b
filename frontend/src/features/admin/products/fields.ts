import type { ProductData } from '@/lib/api/types';
import { formText } from '@/lib/useForm';
import { parseFields, requireText } from '@/lib/validate';
import { parseAmount, parseQuantity } from '../lib/parse';
import { matchCategory } from './category';

/** The form's fields, as the API names them. */
export const FIELDS = ['name', 'price', 'category', 'description', 'image', 'stock'] as const;

/**
 * What the form says, as the API takes it: what is empty is left out, and a category is spelled as the
 * one that is there. Throws a `Problem` with all that is wrong.
 */
export function parseProduct(data: FormData, categories: readonly string[] = []): ProductData {
  const said = (field: string) => {
    const words = formText(data, field).trim();
    return words === '' ? undefined : words;
  };
  const [category, description, image, stock] = ['category', 'description', 'image', 'stock'].map(said);
  const { name, price, there } = parseFields({
    name: () => requireText(formText(data, 'name'), 'name'),
    price: () => parseAmount(formText(data, 'price'), 'price'),
    there: () => (stock === undefined ? undefined : parseQuantity(stock, 'stock')),
  });
  return {
    name,
    price,
    ...(category !== undefined && { category: matchCategory(category, categories) }),
    ...(description !== undefined && { description }),
    ...(image !== undefined && { image }),
    ...(there !== undefined && { stock: there }),
  };
}
