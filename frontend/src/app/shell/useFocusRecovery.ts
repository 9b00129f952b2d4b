import { useEffect } from 'react';

/** Elements that can take the focus of an element that was removed from them. */
const CONTAINERS = 'li, article, form, fieldset, ul, ol, table, section, aside, nav, main, [role=group]';

/**
 * When the focused element is removed (a deleted row, a closed form, the opener of a dialog), the browser
 * moves the focus to the start of the page. This moves it to the nearest remaining container instead, so
 * that keyboard and screen reader users continue from there.
 */
export function useFocusRecovery(): void {
  useEffect(() => {
    /** The last focused element and its ancestors. Dialogs are outside of #root: their opener counts. */
    let path: Element[] = [];
    const rememberFocus = ({ target }: FocusEvent) => {
      if (target instanceof Element && target.closest('#root')) path = withAncestors(target);
    };
    const recoverFocus = () => {
      const [last] = path;
      if (!last || last.isConnected || (document.activeElement !== null && document.activeElement !== document.body)) return;
      const container = path.find((element) => element.isConnected && element.matches(CONTAINERS));
      path = [];
      if (!(container instanceof HTMLElement)) return;
      if (container.tabIndex < 0) container.tabIndex = -1;
      container.focus({ preventScroll: true });
    };
    const observer = new MutationObserver(recoverFocus);
    observer.observe(document.body, { childList: true, subtree: true });
    document.addEventListener('focusin', rememberFocus);
    return () => {
      observer.disconnect();
      document.removeEventListener('focusin', rememberFocus);
    };
  }, []);
}

function withAncestors(element: Element): Element[] {
  const path: Element[] = [];
  for (let at: Element | null = element; at; at = at.parentElement) path.push(at);
  return path;
}
