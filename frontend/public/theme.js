// The theme that was chosen, before anything is painted. See src/lib/theme.ts.
try {
  const chosen = localStorage.getItem('shop.theme');
  if (chosen === 'light' || chosen === 'dark') document.documentElement.dataset.theme = chosen;
} catch {
  // Storage is closed to this page: the system's theme it is.
}
