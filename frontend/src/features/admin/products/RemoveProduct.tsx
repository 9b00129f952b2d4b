import { useQueryClient } from '@tanstack/react-query';
import { Confirm } from '@/components/ui/Confirm';
import { Icon } from '@/components/ui/Icon';
import { toast } from '@/components/ui/Toasts';
import { api, expectSuccess } from '@/lib/api/client';
import { problemMessage } from '@/lib/api/problem';
import type { Product } from '@/lib/api/types';

/** Takes a product out of the catalogue. */
export function RemoveProduct({ product, then, size = 's' }: { product: Product; then?: () => void; size?: 's' | 'm' }) {
  const queries = useQueryClient();
  const remove = async () => {
    try {
      await expectSuccess(api.DELETE('/api/products/{id}', { params: { path: { id: product.id } } }));
      toast(`“${product.name}” has been deleted.`, 'good');
      then?.();
    } catch (error) {
      toast(problemMessage(error), 'bad');
    }
    await queries.invalidateQueries({ queryKey: ['products'] });
  };
  return (
    <Confirm
      trigger={
        size === 's' ? (
          <Icon name="trash" size={18} />
        ) : (
          <>
            <Icon name="trash" size={18} /> Delete
          </>
        )
      }
      triggerLabel={`Delete ${product.name}`}
      look={size === 's' ? 'ghost' : 'danger'}
      size={size}
      title="Delete this product?"
      action="Delete product"
      onConfirm={remove}
    >
      Customers will no longer be able to find or buy “{product.name}”. Existing orders are not affected.
    </Confirm>
  );
}
