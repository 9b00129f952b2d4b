import { Icon } from '@/components/ui/Icon';
import { formatMoney } from '@/lib/money';
import styles from './ActiveFilters.module.css';
import { changeFilters, type Filters } from './filters';

export function ActiveFilters({ filters, choose }: { filters: Filters; choose: (next: Filters) => void }) {
  const on: { name: keyof Filters; words: string }[] = [];
  if (filters.q) on.push({ name: 'q', words: `“${filters.q}”` });
  if (filters.category) on.push({ name: 'category', words: filters.category });
  if (filters.minPrice !== undefined) on.push({ name: 'minPrice', words: `From ${formatMoney(filters.minPrice)}` });
  if (filters.maxPrice !== undefined) on.push({ name: 'maxPrice', words: `Up to ${formatMoney(filters.maxPrice)}` });
  if (filters.inStock) on.push({ name: 'inStock', words: 'In stock' });
  if (on.length === 0) return null;
  return (
    <ul role="list" aria-label="Active filters" className={styles.chosen}>
      {on.map(({ name, words }) => (
        <li key={name}>
          <button type="button" className={styles.chip} onClick={() => choose(changeFilters(filters, { [name]: undefined }))}>
            <span className="visually-hidden">Remove filter </span>
            {words}
            <Icon name="close" size={14} />
          </button>
        </li>
      ))}
      {on.length > 1 && (
        <li>
          <button type="button" className={styles.clear} onClick={() => choose(filters.sort ? { sort: filters.sort } : {})}>
            Clear all
          </button>
        </li>
      )}
    </ul>
  );
}
