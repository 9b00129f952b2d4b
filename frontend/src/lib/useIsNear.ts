import { type RefObject, useEffect, useState } from 'react';

/** How far below the visible part, as a part of its height. Browsers' own `loading="lazy"` begins 1,250 to 2,500 pixels before. */
const MARGIN = '25%';

const callbacks = new WeakMap<Element, () => void>();
let observer: IntersectionObserver | undefined;

function observe(element: Element, onNear: () => void): () => void {
  observer ??= new IntersectionObserver(
    (entries) => {
      for (const { isIntersecting, target } of entries) if (isIntersecting) callbacks.get(target)?.();
    },
    { rootMargin: MARGIN },
  );
  callbacks.set(element, onNear);
  observer.observe(element);
  return () => observer?.unobserve(element);
}

/** Whether an element is visible or will be soon; from then on true. */
export function useIsNear(ref: RefObject<Element | null>, initially: boolean): boolean {
  const [near, setNear] = useState(initially);
  useEffect(() => (near || !ref.current ? undefined : observe(ref.current, () => setNear(true))), [near, ref]);
  return near;
}
