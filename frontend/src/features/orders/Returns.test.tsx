import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { renderToStaticMarkup } from 'react-dom/server';
import { MemoryRouter } from 'react-router';
import { describe, expect, it } from 'vitest';
import type { OrderWithTimeline, Return } from '@/lib/api/types';
import { RETURN_STATUS } from './returns';
import { Returns, type Viewer } from './Returns';

const at = '2026-03-10T12:00:00.000Z';
const FAR = '2999-12-31T12:00:00.000Z';
const received: Return = {
  id: 'r',
  orderId: 1,
  status: 'received',
  items: [{ productId: 7, quantity: 1, restocked: 1 }],
  reason: 'Chipped.',
  note: 'Sorry!',
  refunded: 12.5,
  createdAt: at,
  receivedAt: at,
};

function order(returns: Return[], returnableUntil?: string): OrderWithTimeline {
  return {
    id: 1,
    status: 'delivered',
    currency: 'EUR',
    items: [{ productId: 7, name: 'Mug', quantity: 2 }],
    fulfilments: [{ id: 'f', orderId: 1, items: [{ productId: 7, quantity: 2 }], status: 'delivered', createdAt: at }],
    returns,
    ...(returnableUntil !== undefined && { returnableUntil }),
  } as unknown as OrderWithTimeline;
}

function shown(what: OrderWithTimeline, viewer: Viewer): string {
  return renderToStaticMarkup(
    <QueryClientProvider client={new QueryClient()}>
      <MemoryRouter>
        <Returns order={what} viewer={viewer} />
      </MemoryRouter>
    </QueryClientProvider>,
  ).replace(/<[^>]*>/g, '');
}

describe('the returns of an order', () => {
  it('are not mentioned if there are none and it is too late', () => {
    expect(shown(order([]), 'customer')).toBe('');
  });

  it('have a button for customers, and another way for everyone else', () => {
    expect(shown(order([], FAR), 'customer')).toBe('ReturnsYou can return items until 31 December 2999.Return items');
    expect(shown(order([], FAR), 'guest')).toMatch(/^ReturnsYou can return items until .* That needs an account: create one .*/);
    expect(shown(order([], FAR), 'link')).toMatch(/^ReturnsYou can return items until .* log in to the account that it belongs to\.$/);
  });

  it('say what became of each', () => {
    const text = shown(order([received]), 'link');
    expect(text).toMatch(/^ReturnsReturn received .*1 × Mug/);
    expect(text).toContain('We have received these items. €12.50 refunded.');
    expect(text).toContain('The shop says: Sorry!');
    expect(shown(order([{ ...received, refunded: 0, note: null }]), 'link')).toMatch(/We have received these items\.$/);
  });
});

it('each status has a label and a sentence', () => {
  expect(Object.entries(RETURN_STATUS).map(([status, { label }]) => [status, label])).toEqual([
    ['requested', 'Return requested'],
    ['approved', 'Return approved'],
    ['rejected', 'Return declined'],
    ['received', 'Return received'],
  ]);
  for (const { description } of Object.values(RETURN_STATUS)) expect(description).toMatch(/\.$/);
});
