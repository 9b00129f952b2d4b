import { ButtonLink } from '@/components/ui/Button';
import { StockLabel } from '@/components/ui/StockLabel';
import { AdminPage } from '../components/AdminPage';
import { ProductTable } from '../components/ProductTable';

export function StockPage() {
  return (
    <AdminPage title="Stock" lead="What can be sold right now. Open a product to adjust its stock and see its history.">
      <ProductTable
        title="Products"
        defaultSort="name"
        to={(product) => `/admin/stock/${product.id}`}
        columns={[
          { header: 'Available', numeric: true, cell: (product) => product.stock.toLocaleString('en') },
          { header: 'Status', cell: (product) => <StockLabel stock={product.stock} compact /> },
          {
            header: 'Adjust',
            actions: true,
            cell: (product) => (
              <ButtonLink to={`/admin/stock/${product.id}`} size="s" aria-label={`Adjust stock of ${product.name}`}>
                Adjust
              </ButtonLink>
            ),
          },
        ]}
      >
        <p>Stock is created with each product.</p>
      </ProductTable>
    </AdminPage>
  );
}
