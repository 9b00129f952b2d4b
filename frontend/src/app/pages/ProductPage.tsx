import { useLocation, useParams } from 'react-router';
import { AddToBasket, QuickAdd } from '@/features/basket/AddToBasket';
import { Shelf } from '@/features/catalogue/Shelf';
import { ProductDetails } from '@/features/product/ProductDetails';
import { Reviews } from '@/features/reviews/Reviews';
import { logInAndComeBack } from '../guards';
import { idOf } from './id';
import { NotFoundPage } from './fallbacks';
import styles from './pages.module.css';

export function ProductPage() {
  const id = idOf(useParams()['id']);
  const logIn = logInAndComeBack(useLocation());
  if (id === undefined) return <NotFoundPage />;
  return (
    <div className={styles.page}>
      <ProductDetails
        key={id}
        id={id}
        buy={(product) => <AddToBasket product={product} />}
        more={(product) => (
          <div className={styles.more}>
            <Reviews productId={product.id} logIn={logIn} />
            {product.category != null && (
              <Shelf
                title={`More from ${product.category}`}
                filters={{ category: product.category }}
                without={product.id}
                action={(one) => <QuickAdd product={one} />}
              />
            )}
          </div>
        )}
      />
    </div>
  );
}
