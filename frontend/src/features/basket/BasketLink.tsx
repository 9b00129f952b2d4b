import { Link } from 'react-router';
import { CountBadge } from '@/components/ui/CountBadge';
import { formatCount } from '@/lib/text';
import { countItems, useBasket } from './basket';

export function BasketLink() {
  const count = countItems(useBasket());
  const label = count === 0 ? 'Basket, empty' : `Basket, ${formatCount(count, 'item')}`;
  return <CountBadge icon="basket" count={count} label={label} render={(inside) => <Link to="/basket" {...inside} />} />;
}
