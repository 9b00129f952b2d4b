import { useState } from 'react';
import { useNavigate } from 'react-router';
import { Button, IconButton } from '@/components/ui/Button';
import { Icon } from '@/components/ui/Icon';
import { showToast } from '@/components/ui/Toasts';
import type { Product } from '@/lib/api/types';
import { track } from '@/lib/track';
import styles from './AddToBasket.module.css';
import { addItem, basket, MAX_LINES, MAX_QUANTITY, useBasket } from './basket';
import { QuantityField } from './QuantityField';

function useAddToBasket(product: Product): (quantity: number) => void {
  const navigate = useNavigate();
  return (quantity) => {
    const next = addItem(basket.get(), product, quantity);
    if (!next) {
      showToast(`Your basket is full. An order can have up to ${MAX_LINES} different products.`, 'bad');
      return;
    }
    basket.set(next);
    track('basket.add', { productId: product.id, quantity });
    showToast(`Added ${product.name} to your basket.`, 'good', { label: 'View basket', onClick: () => void navigate('/basket') });
  };
}

/** The button on a product card: adds one. */
export function QuickAdd({ product }: { product: Product }) {
  const addToBasket = useAddToBasket(product);
  if (product.stock <= 0) return null;
  return (
    <IconButton label={`Add ${product.name} to basket`} className={styles.quick} onClick={() => addToBasket(1)}>
      <Icon name="plus" />
    </IconButton>
  );
}

/** On the product page: adds a quantity. */
export function AddToBasket({ product }: { product: Product }) {
  const addToBasket = useAddToBasket(product);
  const [quantity, setQuantity] = useState(1);
  const inBasket = useBasket().find((line) => line.productId === product.id)?.quantity ?? 0;
  if (product.stock <= 0) return <p className={styles.soldOut}>This product is currently sold out.</p>;
  const max = Math.min(product.stock, MAX_QUANTITY);
  return (
    <div className={styles.add}>
      <QuantityField label={`Quantity of ${product.name}`} value={Math.min(quantity, max)} max={max} onChange={setQuantity} />
      <Button variant="primary" size="l" className={styles.button} onClick={() => addToBasket(Math.min(quantity, max))}>
        <Icon name="basket" /> Add to basket
      </Button>
      {inBasket > 0 && <p className={styles.inBasket}>{inBasket} in your basket</p>}
    </div>
  );
}
