import { useState } from 'react';
import { useNavigate } from 'react-router';
import { Button, IconButton } from '@/components/ui/Button';
import { Icon } from '@/components/ui/Icon';
import { QuantityField } from './QuantityField';
import { toast } from '@/components/ui/Toasts';
import type { Product } from '@/lib/api/types';
import { track } from '@/lib/track';
import styles from './AddToBasket.module.css';
import { add, basket, MOST_LINES, MOST_OF_ONE, useBasket } from './basket';

function usePut(product: Product): (quantity: number) => void {
  const navigate = useNavigate();
  return (quantity) => {
    const next = add(basket.get(), product, quantity);
    if (!next) {
      toast(`Your basket is full. An order can have up to ${MOST_LINES} different products.`, 'bad');
      return;
    }
    basket.set(next);
    track('basket.add', { productId: product.id, quantity });
    toast(`Added ${product.name} to your basket.`, 'good', { label: 'View basket', onClick: () => void navigate('/basket') });
  };
}

/** On a card: one more of it. */
export function QuickAdd({ product }: { product: Product }) {
  const put = usePut(product);
  if (product.stock <= 0) return null;
  return (
    <IconButton label={`Add ${product.name} to basket`} className={styles.quick} onClick={() => put(1)}>
      <Icon name="plus" />
    </IconButton>
  );
}

/** On the product's own page: so many of it. */
export function AddToBasket({ product }: { product: Product }) {
  const put = usePut(product);
  const [quantity, setQuantity] = useState(1);
  const there = useBasket().find((line) => line.productId === product.id)?.quantity ?? 0;
  if (product.stock <= 0) return <p className={styles.soldOut}>This product is currently sold out.</p>;
  const most = Math.min(product.stock, MOST_OF_ONE);
  return (
    <div className={styles.add}>
      <QuantityField label={`Quantity of ${product.name}`} value={Math.min(quantity, most)} most={most} onChange={setQuantity} />
      <Button look="primary" size="l" className={styles.button} onClick={() => put(Math.min(quantity, most))}>
        <Icon name="basket" /> Add to basket
      </Button>
      {there > 0 && <p className={styles.there}>{there} in your basket</p>}
    </div>
  );
}
