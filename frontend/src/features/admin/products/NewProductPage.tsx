import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from 'react-router';
import { Desk } from '../components/Desk';
import { Unanswered } from '../components/Unanswered';
import { ButtonLink } from '@/components/ui/Button';
import { toast } from '@/components/ui/Toasts';
import type { Product, ProductData } from '@/lib/api/types';
import { ProductForm } from './ProductForm';
import { add, NEW_PRODUCT, sendNew } from './save';

export function NewProductPage() {
  const navigate = useNavigate();
  const queries = useQueryClient();
  const added = (product: Product) => {
    toast(`“${product.name}” has been added to the catalog.`, 'good');
    void queries.invalidateQueries({ queryKey: ['products'] });
    void navigate(`/admin/products/${product.id}`, { replace: true });
  };
  return (
    <Desk title="New product" above={{ to: '/admin/products', label: 'Products' }} lead="Customers can see it as soon as it is saved.">
      <Unanswered subject={NEW_PRODUCT} words={(data: ProductData) => `The new product “${data.name}”`} send={sendNew} onDone={added} />
      <ProductForm
        action="Add product"
        others={<ButtonLink to="/admin/products">Cancel</ButtonLink>}
        send={add}
        then={added}
      />
    </Desk>
  );
}
