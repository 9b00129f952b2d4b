import { useQuery } from '@tanstack/react-query';
import { Link } from 'react-router';
import { ButtonLink } from '@/components/ui/Button';
import { ProductImage } from '@/components/ui/ProductImage';
import type { Product } from '@/lib/api/types';
import { useIsWideScreen } from '@/lib/useIsWideScreen';
import styles from './Hero.module.css';
import { showcaseQuery } from './queries';

const MAX_IMAGES = 4;

/** The most reviewed products with good ratings, one per category. */
function pickShowcase(products: readonly Product[]): Product[] {
  const wellRated = products
    .filter((product) => product.image != null && product.rating.average >= 4)
    .sort((one, other) => other.rating.count - one.rating.count);
  return wellRated
    .filter((product, index) => wellRated.findIndex(({ category }) => category === product.category) === index)
    .slice(0, MAX_IMAGES);
}

/** The top of the homepage. Phones have no room for its images: there the categories follow at once. */
export function Hero() {
  const isWide = useIsWideScreen();
  return (
    <section className={styles.hero}>
      <div className={styles.text}>
        <h1>Good things, made to last.</h1>
        <p>For the kitchen, the desk, the garden and the road. Chosen by people who use them and reviewed by people who bought them.</p>
        <div className={styles.links}>
          <ButtonLink to="/products" variant="primary" size="l">
            Browse products
          </ButtonLink>
          <ButtonLink to="/products?sort=-rating" variant="ghost" size="l">
            Top rated
          </ButtonLink>
        </div>
      </div>
      {isWide && <Showcase />}
    </section>
  );
}

function Showcase() {
  const { data } = useQuery(showcaseQuery);
  const showcase = pickShowcase(data ?? []);
  return (
    <div className={styles.images}>
      {Array.from({ length: MAX_IMAGES }, (_, index) => {
        const product = showcase[index];
        return product ? (
          <Link key={index} to={`/products/${product.id}`} aria-label={product.name}>
            <ProductImage src={product.image} name={product.name} alt="" eager />
          </Link>
        ) : (
          <span key={index} className={styles.placeholder} />
        );
      })}
    </div>
  );
}
