import { ButtonLink } from '@/components/ui/Button';
import { EmptyState, Loading, Skeleton } from '@/components/ui/State';
import type { BasketLine } from '@/features/basket/lines';
import { basket, removeItem, setQuantity } from '@/features/basket/basket';
import type { CheckoutLine, LineActions } from '@/features/checkout/CheckoutLines';
import { PurchaseError } from '@/features/checkout/PurchaseError';
import type { Problem } from '@/lib/api/problem';

/** What checkout does with the basket. */
export const basketActions: LineActions = {
  onChangeQuantity: (productId, quantity) => basket.update((now) => setQuantity(now, productId, quantity)),
  onRemove: (productId) => basket.update((now) => removeItem(now, productId)),
};

export function toCheckoutLines(lines: readonly BasketLine[]): CheckoutLine[] {
  return lines.flatMap((line) => {
    if (line.state !== 'known') return [];
    const { product, item } = line;
    return [
      {
        productId: product.id,
        name: product.name,
        image: product.image,
        quantity: item.quantity,
        price: product.price,
        seenPrice: item.price,
        stock: product.stock,
      },
    ];
  });
}

export function CheckoutSkeleton() {
  return (
    <Loading what="your basket">
      <Skeleton lines={8} />
    </Loading>
  );
}

/** `hasUnavailable`: some items are no longer available. The basket page explains which. */
export function NothingToBuy({ hasUnavailable, problem }: { hasUnavailable: boolean; problem?: Problem | undefined }) {
  return (
    <>
      {problem && <PurchaseError problem={problem} ofOrder={false} />}
      <EmptyState icon="basket" title={hasUnavailable ? 'Some items in your basket are no longer available' : 'Your basket is empty'}>
        <ButtonLink to={hasUnavailable ? '/basket' : '/products'} variant="primary">
          {hasUnavailable ? 'Review basket' : 'Browse products'}
        </ButtonLink>
      </EmptyState>
    </>
  );
}
