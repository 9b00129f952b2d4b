import { QuickAdd } from '@/features/basket/AddToBasket';
import { Categories } from '@/features/catalogue/Categories';
import type { CardAction } from '@/features/catalogue/ProductGrid';
import { Shelf } from '@/features/catalogue/Shelf';
import { Welcome } from '@/features/catalogue/Welcome';
import { useTitle } from '@/components/ui/Page';
import styles from './pages.module.css';

const quickAdd: CardAction = (product) => <QuickAdd product={product} />;

export function HomePage() {
  useTitle('Lambda shop');
  return (
    <div className={styles.home}>
      <Welcome />
      <Categories />
      <Shelf title="Top rated" filters={{ sort: '-rating', inStock: true }} action={quickAdd} />
      <Shelf title="New arrivals" filters={{}} action={quickAdd} />
    </div>
  );
}
