import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import { ButtonLink } from '@/components/ui/Button';
import { Page } from '@/components/ui/Page';
import { Empty, Failed, Loading, Skeleton } from '@/components/ui/State';
import { accept, basket, empty, remove, setQuantity } from '@/features/basket/basket';
import { type Line, totalOf, useLines } from '@/features/basket/lines';
import { Checkout } from '@/features/checkout/Checkout';
import type { CheckoutLine } from '@/features/checkout/CheckoutLines';
import { useUser } from '@/lib/session';

export function CheckoutPage() {
  return (
    <Page title="Checkout">
      <OfBasket />
    </Page>
  );
}

function OfBasket() {
  const { lines, refetch } = useLines();
  const who = useUser();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const [bought, setBought] = useState(false);
  const total = totalOf(lines);
  const failed = lines.find((line) => line.state === 'failed');

  if (bought || !who || lines.some((line) => line.state === 'loading')) return <Waiting />;
  if (failed) return <Failed error={failed.problem} onRetry={() => void refetch()} />;
  if (lines.length === 0 || total === undefined) return <NothingToBuy gone={lines.length > 0} />;
  return (
    <Checkout
      userId={who.id}
      lines={lines.flatMap(shown)}
      total={total}
      take={(productId, quantity) => basket.update((now) => setQuantity(now, productId, quantity))}
      drop={(productId) => basket.update((now) => remove(now, productId))}
      onSeen={() => basket.update((now) => accept(now, lines.flatMap((line) => (line.state === 'known' ? [line.product] : []))))}
      onStale={() => void refetch()}
      onBought={(orderId) => {
        setBought(true);
        empty();
        void queries.invalidateQueries({ queryKey: ['mine'] });
        void queries.invalidateQueries({ queryKey: ['products'] });
        void navigate(`/orders/${orderId}`, { replace: true, state: { isNew: true } });
      }}
    />
  );
}

function shown(line: Line): CheckoutLine[] {
  if (line.state !== 'known') return [];
  const { product, wanted } = line;
  return [
    {
      productId: product.id,
      name: product.name,
      image: product.image,
      quantity: wanted.quantity,
      price: product.price,
      seenPrice: wanted.price,
      stock: product.stock,
    },
  ];
}

function Waiting() {
  return (
    <Loading what="your basket">
      <Skeleton lines={8} />
    </Loading>
  );
}

/** `gone`: something in the basket is no longer sold, which the basket's page explains. */
function NothingToBuy({ gone }: { gone: boolean }) {
  return (
    <Empty icon="basket" title={gone ? 'Something in your basket is no longer sold.' : 'There is nothing to buy yet.'}>
      <ButtonLink to={gone ? '/basket' : '/products'} look="primary">
        {gone ? 'Look into the basket' : 'Look around'}
      </ButtonLink>
    </Empty>
  );
}
