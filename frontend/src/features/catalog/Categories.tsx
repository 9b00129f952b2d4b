import { useQuery } from '@tanstack/react-query';
import { Link } from 'react-router';
import { ProductImage } from '@/components/ui/ProductImage';
import { LoadError } from '@/components/ui/State';
import { formatCount } from '@/lib/text';
import styles from './Categories.module.css';
import { toSearchParams } from './filters';
import { categoriesQuery, showcaseQuery } from './queries';

/** Placeholders while the categories load. */
const PLACEHOLDERS = 8;

/** Each category with the image of one of its products. */
export function Categories() {
  const { data, error, isPending, refetch } = useQuery(categoriesQuery);
  const showcase = useQuery(showcaseQuery).data;
  if (error) return <LoadError error={error} onRetry={() => void refetch()} />;
  return (
    <section aria-label="Categories">
      <ul role="list" className={styles.tiles}>
        {isPending && Array.from({ length: PLACEHOLDERS }, (_, index) => <li key={index} className={styles.placeholder} />)}
        {data?.map(({ category, count }) => {
          const [sample] = showcase?.filter((product) => product.category === category).slice(-1) ?? [];
          return (
            <li key={category}>
              <Link to={{ pathname: '/products', search: toSearchParams({ category }).toString() }} className={styles.tile}>
                <ProductImage src={sample?.image} name={category} alt="" className={styles.image} />
                <span className={styles.text}>
                  <strong>{category}</strong>
                  <span>{formatCount(count, 'product')}</span>
                </span>
              </Link>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
