import { useState } from 'react';
import { IconButton } from '@/components/ui/Button';
import { Icon } from '@/components/ui/Icon';
import styles from './QuantityField.module.css';

/** A quantity with buttons, arrow keys and typing. Only valid numbers are applied. */
export function QuantityField({ label, value, max, onChange }: {
  label: string;
  value: number;
  max: number;
  onChange: (quantity: number) => void;
}) {
  const [typed, setTyped] = useState<string>();
  const set = (quantity: number) => {
    setTyped(undefined);
    const next = Math.min(max, Math.max(1, quantity));
    if (next !== value) onChange(next);
  };
  return (
    <span className={styles.quantity} role="group" aria-label={label}>
      <IconButton label="Decrease quantity" disabled={value <= 1} onClick={() => set(value - 1)}>
        <Icon name="minus" size={18} />
      </IconButton>
      <input
        aria-label={label}
        inputMode="numeric"
        autoComplete="off"
        maxLength={3}
        value={typed ?? value}
        onChange={(event) => {
          const text = event.target.value.replace(/\D/g, '');
          const quantity = Number(text);
          if (text !== '' && quantity >= 1 && quantity <= max) set(quantity);
          else setTyped(text);
        }}
        onBlur={() => (typed === undefined || typed === '' ? setTyped(undefined) : set(Number(typed)))}
        onKeyDown={(event) => {
          const step = { ArrowUp: 1, ArrowDown: -1 }[event.key];
          if (step === undefined) return;
          event.preventDefault();
          set(value + step);
        }}
      />
      <IconButton label="Increase quantity" disabled={value >= max} onClick={() => set(value + 1)}>
        <Icon name="plus" size={18} />
      </IconButton>
    </span>
  );
}
