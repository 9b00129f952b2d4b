import { useQueryClient } from '@tanstack/react-query';
import { ConfirmButton } from '@/components/ui/ConfirmButton';
import { Icon } from '@/components/ui/Icon';
import { showToast } from '@/components/ui/Toasts';
import { api, expectSuccess } from '@/lib/api/client';
import { problemMessage } from '@/lib/api/problem';
import type { Product } from '@/lib/api/types';

export function DeleteProduct({ product, onSuccess, size = 's' }: { product: Product; onSuccess?: () => void; size?: 's' | 'm' }) {
  const queries = useQueryClient();
  const remove = async () => {
    try {
      await expectSuccess(api.DELETE('/api/products/{id}', { params: { path: { id: product.id } } }));
      showToast(`“${product.name}” has been deleted.`, 'good');
      onSuccess?.();
    } catch (error) {
      showToast(problemMessage(error), 'bad');
    }
    await queries.invalidateQueries({ queryKey: ['products'] });
  };
  return (
    <ConfirmButton
      label={
        size === 's' ? (
          <Icon name="trash" size={18} />
        ) : (
          <>
            <Icon name="trash" size={18} /> Delete
          </>
        )
      }
      ariaLabel={`Delete ${product.name}`}
      variant={size === 's' ? 'ghost' : 'danger'}
      size={size}
      title="Delete this product?"
      confirmLabel="Delete product"
      onConfirm={remove}
    >
      Customers will no longer be able to find or buy “{product.name}”. Existing orders are not affected.
    </ConfirmButton>
  );
}
