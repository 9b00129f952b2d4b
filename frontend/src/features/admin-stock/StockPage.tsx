import { Desk } from '@/components/backoffice/Desk';
import { Goods } from '@/components/backoffice/Goods';
import { ButtonLink } from '@/components/ui/Button';
import { StockWord } from '@/components/ui/StockWord';

export function StockPage() {
  return (
    <Desk title="Stock" lead="What can be sold right now. Open a product to move its stock and to see every change of it.">
      <Goods
        title="Products"
        sorted="name"
        to={(product) => `/admin/stock/${product.id}`}
        columns={[
          { head: 'Available', numeric: true, cell: (product) => product.stock.toLocaleString('en') },
          { head: 'In the shop', cell: (product) => <StockWord stock={product.stock} quiet /> },
          {
            head: 'Move',
            actions: true,
            cell: (product) => (
              <ButtonLink to={`/admin/stock/${product.id}`} size="s" aria-label={`Move the stock of ${product.name}`}>
                Move
              </ButtonLink>
            ),
          },
        ]}
      >
        <p>Stock is opened with each product.</p>
      </Goods>
    </Desk>
  );
}
