import { useRef, useState } from 'react';
import { initial } from '@/lib/text';
import { useIsNear } from '@/lib/useIsNear';
import styles from './ProductImage.module.css';

type Shown = {
  src: string | null | undefined;
  /** Empty if the name is shown next to it. */
  alt: string;
  /** The placeholder of a missing image shows its initial. */
  name: string;
  /** Above the fold: loaded at once. The others are loaded when they are about to be seen. */
  eager?: boolean;
  /** The largest thing that is seen first: loaded before the other images. */
  first?: boolean;
  className?: string | undefined;
};

/** A product's square image. A placeholder with its initial replaces one that is missing or does not load. */
export function ProductImage({ src, alt, name, eager = false, first = false, className }: Shown) {
  const [broken, setBroken] = useState<string>();
  const frame = useRef<HTMLSpanElement>(null);
  const near = useIsNear(frame, eager || first);
  const usable = src !== null && src !== undefined && src !== '' && broken !== src;
  return (
    <span ref={frame} className={`${styles.frame} ${className ?? ''}`}>
      {usable ? (
        <img
          src={near ? src : undefined}
          alt={alt}
          width={400}
          height={400}
          fetchPriority={first ? 'high' : 'auto'}
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
