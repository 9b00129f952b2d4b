/** Icons of the admin pages, in the style of `components/ui/Icon`. Separate, so that customers do not load them. */
const PATHS = {
  boxes: 'M4 13h7v7H4v-7Zm9 0h7v7h-7v-7ZM8.5 4h7v7h-7V4Zm-2 9v2.5m9-2.5v2.5M12 4v2.5',
  chart: 'M4 20h16M6.5 20v-7m5.5 7V5m5.5 15v-10',
  letter: 'M3.5 6h17v12.5h-17V6Zm0 .5 8.5 6.5 8.5-6.5',
  link: 'M14 5h5v5m0-5-8 8M11 6H6a1 1 0 0 0-1 1v11a1 1 0 0 0 1 1h11a1 1 0 0 0 1-1v-5',
  orders: 'M6 3.5h12v17l-2.4-1.6-1.8 1.6L12 18.9l-1.8 1.6-1.8-1.6L6 20.5v-17ZM9 8.5h6M9 12.5h6',
  refresh: 'M19.5 12a7.5 7.5 0 1 1-2.2-5.3L20 9.4M20 4.5v5h-5',
  returns: 'M8 5 4 9l4 4M4.5 9H14a5.5 5.5 0 0 1 0 11H7',
  sliders: 'M4 7h9m5 0h2M4 17h3m5 0h8M15.5 4.8a2.2 2.2 0 1 0 0 4.4 2.2 2.2 0 0 0 0-4.4Zm-6 10a2.2 2.2 0 1 0 0 4.4 2.2 2.2 0 0 0 0-4.4Z',
  star: 'm12 3.8 2.5 5.2 5.7.8-4.1 4 1 5.7-5.1-2.7-5.1 2.7 1-5.7-4.1-4 5.7-.8L12 3.8Z',
  tag: 'M4 4h7.5l8.5 8.5-7.5 7.5L4 11.5V4Zm4.2 3.2a1 1 0 1 0 0 2 1 1 0 0 0 0-2Z',
} as const;

export type AdminIconName = keyof typeof PATHS;

/** Decorative: its container has the accessible name. */
export function AdminIcon({ name, size = 20 }: { name: AdminIconName; size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} fill="none" stroke="currentColor" strokeWidth="1.8" strokeLinecap="round" strokeLinejoin="round" />
    </svg>
  );
}
