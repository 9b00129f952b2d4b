import { Desk } from '../components/Desk';
import { Goods } from '../components/Goods';
import { ButtonLink } from '@/components/ui/Button';
import { Icon } from '@/components/ui/Icon';
import { StockWord } from '@/components/ui/StockWord';
import { formatMoney } from '@/lib/money';
import { RemoveProduct } from './RemoveProduct';

export function ProductsPage() {
  return (
    <Desk
      title="Products"
      lead="Everything customers can see in the shop."
      actions={
        <ButtonLink to="/admin/products/new" look="primary">
          <Icon name="plus" size={20} /> New product
        </ButtonLink>
      }
    >
      <Goods
        title="Catalog"
        to={(product) => `/admin/products/${product.id}`}
        columns={[
          { head: 'Price', numeric: true, cell: (product) => formatMoney(product.price) },
          { head: 'Stock', cell: (product) => <StockWord stock={product.stock} quiet /> },
          {
            head: 'Rating',
            numeric: true,
            cell: ({ rating }) => (rating.count === 0 ? 'None' : `${rating.average.toFixed(1)} of 5 (${rating.count})`),
          },
          { head: 'Delete', actions: true, cell: (product) => <RemoveProduct product={product} /> },
        ]}
      >
        <p>Add your first product. Customers will see it right away.</p>
      </Goods>
    </Desk>
  );
}
