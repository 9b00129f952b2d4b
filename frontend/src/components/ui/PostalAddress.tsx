import { addressLines } from '@/lib/address';
import type { Address } from '@/lib/api/types';
import styles from './PostalAddress.module.css';

/** An address as on a parcel, with the telephone number below it. */
export function PostalAddress({ address }: { address: Address }) {
  return (
    <address className={styles.address}>
      {[address.name, ...addressLines(address), address.phone ?? ''].filter((line) => line !== '').map((line, index) => (
        <span key={index}>{line}</span>
      ))}
    </address>
  );
}
