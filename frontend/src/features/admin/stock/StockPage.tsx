import { Desk } from '../components/Desk';
import { Goods } from '../components/Goods';
import { ButtonLink } from '@/components/ui/Button';
import { StockWord } from '@/components/ui/StockWord';

export function StockPage() {
  return (
    <Desk title="Stock" lead="What can be sold right now. Open a product to adjust its stock and see its history.">
      <Goods
        title="Products"
        sorted="name"
        to={(product) => `/admin/stock/${product.id}`}
        columns={[
          { head: 'Available', numeric: true, cell: (product) => product.stock.toLocaleString('en') },
          { head: 'Status', cell: (product) => <StockWord stock={product.stock} quiet /> },
          {
            head: 'Adjust',
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
      </Goods>
    </Desk>
  );
}
