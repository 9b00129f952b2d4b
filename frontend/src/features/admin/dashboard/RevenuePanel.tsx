import type { Dashboard } from '@/lib/api/types';
import { formatMoney } from '@/lib/money';
import { DefinitionList, Panel } from '../components/Panel';
import { revenueLines } from './amounts';

/** The money of the period, line by line. */
export function RevenuePanel({ dashboard }: { dashboard: Dashboard }) {
  return (
    <Panel title="Revenue in detail">
      <DefinitionList entries={revenueLines(dashboard).map(([label, amount]) => [label, formatMoney(amount)] as const)} />
    </Panel>
  );
}
