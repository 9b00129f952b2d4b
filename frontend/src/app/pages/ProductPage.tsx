import { useLocation, useParams } from 'react-router';
import { AddToBasket, QuickAdd } from '@/features/basket/AddToBasket';
import { ProductRow } from '@/features/catalog/ProductRow';
import { ProductDetails } from '@/features/product/ProductDetails';
import { Reviews } from '@/features/reviews/Reviews';
import { parseId } from '@/lib/id';
import { loginPath, signupPath } from '../guards';
import { NotFoundPage } from './fallbacks';
import styles from './pages.module.css';

export function ProductPage() {
  const id = parseId(useParams()['id']);
  const location = useLocation();
  if (id === undefined) return <NotFoundPage />;
  return (
    <div className={styles.page}>
      <ProductDetails
        key={id}
        id={id}
        buy={(product) => <AddToBasket product={product} />}
        more={(product) => (
          <div className={styles.more}>
            <Reviews productId={product.id} logIn={loginPath(location)} signUp={signupPath(location)} />
            {product.category != null && (
              <ProductRow
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
