import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { MemoryRouter } from 'react-router';
import { expect, it } from 'vitest';
import type { Dashboard } from '@/lib/api/types';
import { Charts } from './Charts';
import { SummaryTiles } from './SummaryTiles';

const amounts = { discounts: 5, shipping: 9.8, tax: 19.16 };
const day = { day: '2026-11-24', orders: 4, grossRevenue: 120, refunds: 20, revenue: 100, ...amounts };
const dashboard: Dashboard = {
  period: { from: '2026-11-24T00:00:00.000Z', to: '2026-11-24T12:00:00.000Z' },
  totalEvents: 74,
  generatedAt: '2026-11-24T12:00:00.000Z',
  orders: 4,
  revenue: 100,
  grossRevenue: 120,
  refunds: 20,
  ...amounts,
  averageOrderValue: 30,
  funnel: [
    { step: 'view', count: 40 },
    { step: 'basket', count: 20 },
    { step: 'checkout', count: 10 },
    { step: 'purchase', count: 4 },
  ],
  reviews: { count: 3, average: 4.333 },
  salesByDay: [day],
  eventsByDay: [{ day: day.day, count: 74 }],
  eventsByType: [{ type: 'product.view', count: 40 }],
  topProducts: [{ productId: 7, name: 'Kettle', quantity: 3, revenue: 90 }],
  topUsers: [],
};

function shown(what: ReactNode): string {
  const markup = renderToStaticMarkup(
    <QueryClientProvider client={new QueryClient()}>
      <MemoryRouter>{what}</MemoryRouter>
    </QueryClientProvider>,
  );
  return markup.replace(/<\/(?:dt|dd|td|th|span|p)>/g, ' | ').replace(/<[^>]*>/g, '');
}

it('the summary shows purchases per 100 views', () => {
  const tiles = shown(<SummaryTiles dashboard={dashboard} />);
  expect(tiles).toContain('Net revenue | €100.00 | €120.00 gross minus €20.00 in refunds');
  expect(tiles).toContain('Orders | 4 | €30.00 on average');
  expect(tiles).toContain('Purchases per 100 views | 10.0 | 40 product views');
  expect(tiles).toContain('Reviews | 3 | 4.33 stars on average');
});

it('no views do not divide by zero', () => {
  const quiet = { ...dashboard, funnel: [], reviews: { count: 0, average: 0 } };
  expect(shown(<SummaryTiles dashboard={quiet} />)).toContain('Purchases per 100 views | – | 0 product views | Reviews | 0 | None in this period');
});

it('each step of the funnel is a percentage of the views', () => {
  const charts = shown(<Charts dashboard={dashboard} />);
  expect(charts).toMatch(/Viewed a product \| 40 \|/);
  expect(charts).toMatch(/Added to basket \| 20 ?50% \|/);
  expect(charts).toMatch(/Started checkout \| 10 ?25% \|/);
  expect(charts).toMatch(/Purchased \| 4 ?10% \|/);
  expect(charts).toMatch(/Kettle \| €90\.00 ?3 units \|/);
});

it('discounts, shipping and tax are shown for the period and by day', () => {
  const charts = shown(<Charts dashboard={dashboard} />);
  expect(charts).toContain('Gross revenue | €120.00 | Shipping, part of it | €9.80 | Tax, part of it | €19.16 | Discounts, not part of it | €5.00 | Refunds | -€20.00 | Net revenue | €100.00');
  for (const [title, value] of [['Discounts', '€5.00'], ['Shipping', '€9.80'], ['Tax', '€19.16']] as const) {
    expect(charts).toMatch(new RegExp(`View as table: ${title} .*24 Nov.*${value}`));
  }
});
