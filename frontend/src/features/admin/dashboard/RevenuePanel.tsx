import type { Dashboard } from '@/lib/api/types';
import { useFormatPrice } from '@/lib/shop';
import { DefinitionList, Panel } from '../components/Panel';
import { revenueLines } from './amounts';

/** The money of the period, line by line. */
export function RevenuePanel({ dashboard }: { dashboard: Dashboard }) {
  const formatPrice = useFormatPrice();
  return (
    <Panel title="Revenue in detail">
      <DefinitionList entries={revenueLines(dashboard).map(([label, amount]) => [label, formatPrice(amount)] as const)} />
    </Panel>
  );
}
