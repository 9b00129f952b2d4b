import { useEffect } from 'react';

/** Parts of a page that are something by themselves, and can take the focus of what was in them. */
const CONTAINERS = 'li, article, form, fieldset, ul, ol, table, section, aside, nav, main, [role=group]';

/**
 * Whatever goes while it has the focus (a row that was deleted, a form that was closed, a button that
 * has done its work, the opener of a dialog) would leave it to the page's beginning. Instead the
 * nearest part around it that is still there takes it, so that a keyboard and a screen reader go on
 * from there.
 */
export function useFocusRecovery(): void {
  useEffect(() => {
    /** What had the focus last, and everything around it. Dialogs are outside of the page: their opener counts. */
    let path: Element[] = [];
    const remember = ({ target }: FocusEvent) => {
      if (target instanceof Element && target.closest('#root')) path = withAncestors(target);
    };
    const look = () => {
      const [last] = path;
      if (!last || last.isConnected || (document.activeElement !== null && document.activeElement !== document.body)) return;
      const place = path.find((element) => element.isConnected && element.matches(CONTAINERS));
      path = [];
      if (!(place instanceof HTMLElement)) return;
      if (place.tabIndex < 0) place.tabIndex = -1;
      place.focus({ preventScroll: true });
    };
    const observer = new MutationObserver(look);
    observer.observe(document.body, { childList: true, subtree: true });
    document.addEventListener('focusin', remember);
    return () => {
      observer.disconnect();
      document.removeEventListener('focusin', remember);
    };
  }, []);
}

function withAncestors(element: Element): Element[] {
  const path: Element[] = [];
  for (let at: Element | null = element; at; at = at.parentElement) path.push(at);
  return path;
}
