// Applies the selected theme before the first paint. See src/lib/theme.ts.
try {
  const chosen = localStorage.getItem('shop.theme');
  if (chosen === 'light' || chosen === 'dark') document.documentElement.dataset.theme = chosen;
} catch {
  // The storage is not accessible: keep the system's theme.
}
