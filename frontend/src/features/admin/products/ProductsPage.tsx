import { ButtonLink } from '@/components/ui/Button';
import { Icon } from '@/components/ui/Icon';
import { StockLabel } from '@/components/ui/StockLabel';
import { useFormatPrice } from '@/lib/shop';
import { AdminPage } from '../components/AdminPage';
import { ProductTable } from '../components/ProductTable';
import { DeleteProduct } from './DeleteProduct';

export function ProductsPage() {
  const formatPrice = useFormatPrice();
  return (
    <AdminPage
      title="Products"
      lead="Everything customers can see in the shop."
      actions={
        <ButtonLink to="/admin/products/new" variant="primary">
          <Icon name="plus" size={20} /> New product
        </ButtonLink>
      }
    >
      <ProductTable
        title="Catalog"
        to={(product) => `/admin/products/${product.id}`}
        columns={[
          { header: 'Price', numeric: true, cell: (product) => formatPrice(product.price) },
          { header: 'Stock', cell: (product) => <StockLabel stock={product.stock} compact /> },
          {
            header: 'Rating',
            numeric: true,
            cell: ({ rating }) => (rating.count === 0 ? 'None' : `${rating.average.toFixed(1)} of 5 (${rating.count})`),
          },
          { header: 'Delete', actions: true, cell: (product) => <DeleteProduct product={product} /> },
        ]}
      >
        <p>Add your first product. Customers will see it right away.</p>
      </ProductTable>
    </AdminPage>
  );
}
