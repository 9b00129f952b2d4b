import { Desk } from '../components/Desk';
import { Goods } from '../components/Goods';
import { ButtonLink } from '@/components/ui/Button';
import { RatingLine } from '@/components/ui/Stars';
import { formatCount } from '@/lib/text';

export function ReviewsPage() {
  return (
    <Desk title="Reviews" lead="Choose a product to read and moderate its reviews.">
      <Goods
        title="Products"
        sorted="-rating"
        to={(product) => `/admin/reviews/${product.id}`}
        columns={[
          { head: 'Rating', cell: ({ rating }) => <RatingLine average={rating.average} count={rating.count} /> },
          {
            head: 'Read',
            actions: true,
            cell: (product) => (
              <ButtonLink to={`/admin/reviews/${product.id}`} size="s" aria-label={`Read ${formatCount(product.rating.count, 'review')} of ${product.name}`}>
                Read
              </ButtonLink>
            ),
          },
        ]}
      />
    </Desk>
  );
}
