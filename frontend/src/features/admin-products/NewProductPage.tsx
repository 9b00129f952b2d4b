import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from 'react-router';
import { Desk } from '@/components/backoffice/Desk';
import { ButtonLink } from '@/components/ui/Button';
import { toast } from '@/components/ui/Toasts';
import { ProductForm } from './ProductForm';
import { add } from './save';

export function NewProductPage() {
  const navigate = useNavigate();
  const queries = useQueryClient();
  return (
    <Desk title="New product" above={{ to: '/admin/products', label: 'Products' }} lead="Customers find it as soon as it is saved.">
      <ProductForm
        action="Add the product"
        others={<ButtonLink to="/admin/products">Not now</ButtonLink>}
        send={add}
        then={(product) => {
          toast(`“${product.name}” is in the catalogue.`, 'good');
          void queries.invalidateQueries({ queryKey: ['products'] });
          void navigate(`/admin/products/${product.id}`, { replace: true });
        }}
      />
    </Desk>
  );
}
