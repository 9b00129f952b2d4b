import { useQuery } from '@tanstack/react-query';
import { Link } from 'react-router';
import { ButtonLink } from '@/components/ui/Button';
import { Picture } from '@/components/ui/Picture';
import { windowQuery } from './queries';
import styles from './Welcome.module.css';

const PICTURES = 4;

/** The top of the home page: what kind of shop this is, and some of what it has. */
export function Welcome() {
  const { data } = useQuery(windowQuery);
  const shown = data?.filter((product) => product.image !== null && product.rating.average >= 4).slice(0, PICTURES) ?? [];
  return (
    <section className={styles.welcome}>
      <div className={styles.words}>
        <h1>Good things, made to be kept.</h1>
        <p>For the kitchen, the desk, the garden and the road. Chosen by people who use them, and reviewed by people who bought them.</p>
        <div className={styles.ways}>
          <ButtonLink to="/products" look="primary" size="l">
            Look around
          </ButtonLink>
          <ButtonLink to="/products?sort=-rating" look="ghost" size="l">
            Best rated
          </ButtonLink>
        </div>
      </div>
      <div className={styles.pictures}>
        {Array.from({ length: PICTURES }, (_, place) => {
          const product = shown[place];
          return product ? (
            <Link key={place} to={`/products/${product.id}`} aria-label={product.name}>
              <Picture src={product.image} name={product.name} alt="" eager />
            </Link>
          ) : (
            <span key={place} className={styles.blank} />
          );
        })}
      </div>
    </section>
  );
}
