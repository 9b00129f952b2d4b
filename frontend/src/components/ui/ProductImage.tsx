import { useState } from 'react';
import { initial } from '@/lib/text';
import styles from './ProductImage.module.css';

type Shown = {
  src: string | null | undefined;
  /** Empty if the name is shown next to it. */
  alt: string;
  /** The placeholder of a missing image shows its initial. */
  name: string;
  /** Above the fold: not loaded lazily. */
  eager?: boolean;
  className?: string | undefined;
};

/** A product's square image. A placeholder with its initial replaces one that is missing or does not load. */
export function ProductImage({ src, alt, name, eager = false, className }: Shown) {
  const [broken, setBroken] = useState<string>();
  const usable = src !== null && src !== undefined && src !== '' && broken !== src;
  return (
    <span className={`${styles.frame} ${className ?? ''}`}>
      {usable ? (
        <img
          src={src}
          alt={alt}
          width={400}
          height={400}
          loading={eager ? 'eager' : 'lazy'}
          decoding="async"
          referrerPolicy="no-referrer"
          onError={() => setBroken(src)}
        />
      ) : (
        <Initial name={name} alt={alt} />
      )}
    </span>
  );
}

function Initial({ name, alt }: { name: string; alt: string }) {
  return (
    <svg viewBox="0 0 400 400" role={alt ? 'img' : undefined} aria-label={alt || undefined} aria-hidden={!alt || undefined}>
      <rect width="400" height="400" className={styles.background} />
      <circle cx="200" cy="200" r="130" className={styles.disc} />
      <text x="200" y="252" textAnchor="middle" className={styles.initial}>
        {initial(name)}
      </text>
    </svg>
  );
}
