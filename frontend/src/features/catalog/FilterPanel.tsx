import { useQuery } from '@tanstack/react-query';
import { useId, useState } from 'react';
import { Checkbox, SelectField, TextField } from '@/components/ui/Field';
import { Icon } from '@/components/ui/Icon';
import { useIsWideScreen } from '@/lib/useIsWideScreen';
import styles from './FilterPanel.module.css';
import { changeFilters, type Filters, parsePrice, type Sort, SORTS } from './filters';
import { categoriesQuery } from './queries';

type Choice = { filters: Filters; choose: (next: Filters) => void };

/** Next to the list on wide screens, else collapsed above it. */
export function FilterPanel(choice: Choice) {
  const wide = useIsWideScreen();
  const fields = (
    <div className={styles.fields}>
      <SelectField
        label="Sort"
        value={choice.filters.sort ?? 'newest'}
        onChange={(event) => choice.choose(changeFilters(choice.filters, { sort: event.target.value as Sort }))}
      >
        {Object.entries(SORTS).map(([sort, label]) => (
          <option key={sort} value={sort}>
            {label}
          </option>
        ))}
      </SelectField>
      <Categories {...choice} />
      <Prices {...choice} />
      <Checkbox
        label="In stock only"
        checked={choice.filters.inStock ?? false}
        onChange={(event) => choice.choose(changeFilters(choice.filters, { inStock: event.target.checked ? true : undefined }))}
      />
    </div>
  );
  if (wide) {
    return (
      <aside aria-label="Filters" className={styles.panel}>
        {fields}
      </aside>
    );
  }
  return (
    <details className={styles.collapsed}>
      <summary>
        <Icon name="filter" size={20} /> Sort and filter
      </summary>
      {fields}
    </details>
  );
}

function Categories({ filters, choose }: Choice) {
  const categories = useQuery(categoriesQuery);
  const name = useId();
  const choice = (category: string | undefined, label: string, count?: number) => (
    <label key={label} className={styles.choice}>
      <input
        type="radio"
        name={name}
        checked={filters.category === category}
        onChange={() => choose(changeFilters(filters, { category }))}
      />
      <span>{label}</span>
      {count !== undefined && <span className={styles.number}>{count}</span>}
    </label>
  );
  return (
    <fieldset className={styles.categories}>
      <legend>Category</legend>
      {choice(undefined, 'All')}
      {categories.data?.map(({ category, count }) => choice(category, category, count))}
      {categories.isError && <p className={styles.hint}>Categories could not be loaded.</p>}
    </fieldset>
  );
}

/** Applied on blur or Enter, not while a price is being typed. */
function Prices({ filters, choose }: Choice) {
  return (
    <div className={styles.prices}>
      <PriceField label="Min price" value={filters.minPrice} set={(minPrice) => choose(changeFilters(filters, { minPrice }))} />
      <PriceField label="Max price" value={filters.maxPrice} set={(maxPrice) => choose(changeFilters(filters, { maxPrice }))} />
    </div>
  );
}

type PriceFieldProps = { label: string; value: number | undefined; set: (value: number | undefined) => void };

function PriceField({ label, value, set }: PriceFieldProps) {
  const [before, setBefore] = useState(value);
  const [typed, setTyped] = useState(String(value ?? ''));
  if (value !== before) {
    // Changed by a link, the back button or a removed filter.
    setBefore(value);
    setTyped(String(value ?? ''));
  }
  const apply = () => {
    const price = parsePrice(typed);
    if (price !== value) set(price);
    setTyped(String(price ?? ''));
  };
  return (
    <TextField
      label={label}
      inputMode="decimal"
      placeholder="Any"
      autoComplete="off"
      maxLength={11}
      value={typed}
      onChange={(event) => setTyped(event.target.value)}
      onBlur={apply}
      onKeyDown={(event) => event.key === 'Enter' && apply()}
    />
  );
}
