import { useTitle } from '@/components/ui/Page';
import { QuickAdd } from '@/features/basket/AddToBasket';
import { Categories } from '@/features/catalog/Categories';
import { Hero } from '@/features/catalog/Hero';
import type { CardAction } from '@/features/catalog/ProductGrid';
import { ProductRow } from '@/features/catalog/ProductRow';
import styles from './pages.module.css';

const quickAdd: CardAction = (product) => <QuickAdd product={product} />;

export function HomePage() {
  useTitle('Lambda shop');
  return (
    <div className={styles.home}>
      <Hero />
      <Categories />
      <ProductRow title="Top rated" filters={{ sort: '-rating', inStock: true }} action={quickAdd} />
      <ProductRow title="New arrivals" filters={{}} action={quickAdd} />
    </div>
  );
}
