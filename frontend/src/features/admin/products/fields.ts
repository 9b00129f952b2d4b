import type { ProductData } from '@/lib/api/types';
import { formText } from '@/lib/useForm';
import { parseFields, requireText } from '@/lib/validate';
import { parseAmount, parseQuantity } from '../lib/parse';
import { matchCategory } from './category';

export const FIELDS = ['name', 'price', 'category', 'description', 'image', 'stock'] as const;

/**
 * The request body: omits empty fields, and uses the existing spelling of a category. Throws a `Problem`
 * with all validation errors.
 */
export function parseProduct(data: FormData, categories: readonly string[] = []): ProductData {
  const optional = (field: string) => {
    const value = formText(data, field).trim();
    return value === '' ? undefined : value;
  };
  const [category, description, image, stock] = ['category', 'description', 'image', 'stock'].map(optional);
  const { name, price, initialStock } = parseFields({
    name: () => requireText(formText(data, 'name'), 'name'),
    price: () => parseAmount(formText(data, 'price'), 'price'),
    initialStock: () => (stock === undefined ? undefined : parseQuantity(stock, 'stock')),
  });
  return {
    name,
    price,
    ...(category !== undefined && { category: matchCategory(category, categories) }),
    ...(description !== undefined && { description }),
    ...(image !== undefined && { image }),
    ...(initialStock !== undefined && { stock: initialStock }),
  };
}
