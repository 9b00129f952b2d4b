import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from 'react-router';
import { Desk } from '@/components/backoffice/Desk';
import { Unanswered } from '@/components/backoffice/Unanswered';
import { ButtonLink } from '@/components/ui/Button';
import { toast } from '@/components/ui/Toasts';
import type { Product, ProductData } from '@/lib/api/types';
import { ProductForm } from './ProductForm';
import { add, NEW_PRODUCT, sendNew } from './save';

export function NewProductPage() {
  const navigate = useNavigate();
  const queries = useQueryClient();
  const added = (product: Product) => {
    toast(`“${product.name}” is in the catalogue.`, 'good');
    void queries.invalidateQueries({ queryKey: ['products'] });
    void navigate(`/admin/products/${product.id}`, { replace: true });
  };
  return (
    <Desk title="New product" above={{ to: '/admin/products', label: 'Products' }} lead="Customers find it as soon as it is saved.">
      <Unanswered subject={NEW_PRODUCT} words={(data: ProductData) => `A new product, “${data.name}”,`} send={sendNew} onDone={added} />
      <ProductForm
        action="Add the product"
        others={<ButtonLink to="/admin/products">Not now</ButtonLink>}
        send={add}
        then={added}
      />
    </Desk>
  );
}
