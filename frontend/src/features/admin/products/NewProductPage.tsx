import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from 'react-router';
import { ButtonLink } from '@/components/ui/Button';
import { showToast } from '@/components/ui/Toasts';
import { UnconfirmedRequest } from '@/components/ui/UnconfirmedRequest';
import type { Product, ProductData } from '@/lib/api/types';
import { AdminPage } from '../components/AdminPage';
import { ProductForm } from './ProductForm';
import { createProduct, createProductOnce, NEW_PRODUCT_SUBJECT } from './save';

export function NewProductPage() {
  const navigate = useNavigate();
  const queries = useQueryClient();
  const added = (product: Product) => {
    showToast(`“${product.name}” has been added to the catalog.`, 'good');
    void queries.invalidateQueries({ queryKey: ['products'] });
    void navigate(`/admin/products/${product.id}`, { replace: true });
  };
  return (
    <AdminPage title="New product" parent={{ to: '/admin/products', label: 'Products' }} lead="Customers can see it as soon as it is saved.">
      <UnconfirmedRequest subject={NEW_PRODUCT_SUBJECT} describe={(data: ProductData) => `The new product “${data.name}”`} send={createProduct} onDone={added} />
      <ProductForm
        submitLabel="Add product"
        otherActions={<ButtonLink to="/admin/products">Cancel</ButtonLink>}
        send={createProductOnce}
        onSuccess={added}
      />
    </AdminPage>
  );
}
