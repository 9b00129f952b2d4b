import { Link } from 'react-router';
import { Badged } from '@/components/ui/Badged';
import { formatCount } from '@/lib/text';
import { pieces, useBasket } from './basket';

/** In the header: how much is in the basket. */
export function BasketLink() {
  const count = pieces(useBasket());
  const words = count === 0 ? 'Basket, empty' : `Basket, ${formatCount(count, 'item')}`;
  return <Badged icon="basket" count={count} label={words} render={(inside) => <Link to="/basket" {...inside} />} />;
}
