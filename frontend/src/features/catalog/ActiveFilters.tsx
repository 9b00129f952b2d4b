import { Icon } from '@/components/ui/Icon';
import { useFormatPrice } from '@/lib/shop';
import styles from './ActiveFilters.module.css';
import { changeFilters, type Filters } from './filters';

export function ActiveFilters({ filters, choose }: { filters: Filters; choose: (next: Filters) => void }) {
  const formatPrice = useFormatPrice();
  const active: { name: keyof Filters; label: string }[] = [];
  if (filters.q) active.push({ name: 'q', label: `“${filters.q}”` });
  if (filters.category) active.push({ name: 'category', label: filters.category });
  if (filters.minPrice !== undefined) active.push({ name: 'minPrice', label: `From ${formatPrice(filters.minPrice)}` });
  if (filters.maxPrice !== undefined) active.push({ name: 'maxPrice', label: `Up to ${formatPrice(filters.maxPrice)}` });
  if (filters.inStock) active.push({ name: 'inStock', label: 'In stock' });
  if (active.length === 0) return null;
  return (
    <ul role="list" aria-label="Active filters" className={styles.selected}>
      {active.map(({ name, label }) => (
        <li key={name}>
          <button type="button" className={styles.chip} onClick={() => choose(changeFilters(filters, { [name]: undefined }))}>
            <span className="visually-hidden">Remove filter </span>
            {label}
            <Icon name="close" size={14} />
          </button>
        </li>
      ))}
      {active.length > 1 && (
        <li>
          <button type="button" className={styles.clear} onClick={() => choose(filters.sort ? { sort: filters.sort } : {})}>
            Clear all
          </button>
        </li>
      )}
    </ul>
  );
}
