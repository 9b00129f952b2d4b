import { useEffect, useState } from 'react';
import { ProductImage } from '@/components/ui/ProductImage';
import { isImageUrl } from './imageUrl';
import styles from './Products.module.css';

/** Debounce: a URL is not loaded letter by letter while it is typed. */
const PAUSE_MS = 400;

/** The image as customers will see it, or a placeholder. */
export function ImagePreview({ image, name }: { image: string; name: string }) {
  const [debounced, setDebounced] = useState(image);
  useEffect(() => {
    const timer = setTimeout(() => setDebounced(image), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [image]);
  const address = debounced.trim();
  const shown = name === '' ? 'New product' : name;
  return (
    <figure className={styles.preview}>
      <ProductImage src={isImageUrl(address) ? address : null} alt={`Image preview for ${shown}`} name={shown} eager />
      <figcaption>{address === '' ? 'Without an image, its initial is shown.' : 'As customers see it. If the image does not load, the initial is shown instead.'}</figcaption>
    </figure>
  );
}
