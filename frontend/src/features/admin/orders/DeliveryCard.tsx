import { PostalAddress } from '@/components/ui/PostalAddress';
import type { OrderWithTimeline } from '@/lib/api/types';
import { DefinitionList, Panel } from '../components/Panel';

/** Where the order goes and how. Orders of clients that know no addresses have no delivery. */
export function DeliveryCard({ order: { shippingAddress, shippingMethod, email } }: { order: OrderWithTimeline }) {
  if (!shippingAddress && !email) return null;
  const entries = [
    ['Method', shippingMethod],
    ['Email for this order', email],
  ] as const;
  return (
    <Panel title="Delivery">
      {shippingAddress && <PostalAddress address={shippingAddress} />}
      <DefinitionList entries={entries.flatMap(([name, value]) => (value ? [[name, value] as const] : []))} />
    </Panel>
  );
}
