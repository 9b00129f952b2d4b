import { ButtonLink } from '@/components/ui/Button';
import { RatingSummary } from '@/components/ui/Stars';
import { formatCount } from '@/lib/text';
import { AdminPage } from '../components/AdminPage';
import { ProductTable } from '../components/ProductTable';

export function ReviewsPage() {
  return (
    <AdminPage title="Reviews" lead="Choose a product to read and moderate its reviews.">
      <ProductTable
        title="Products"
        defaultSort="-rating"
        to={(product) => `/admin/reviews/${product.id}`}
        columns={[
          { header: 'Rating', cell: ({ rating }) => <RatingSummary average={rating.average} count={rating.count} /> },
          {
            header: 'Read',
            actions: true,
            cell: (product) => (
              <ButtonLink to={`/admin/reviews/${product.id}`} size="s" aria-label={`Read ${formatCount(product.rating.count, 'review')} of ${product.name}`}>
                Read
              </ButtonLink>
            ),
          },
        ]}
      />
    </AdminPage>
  );
}
