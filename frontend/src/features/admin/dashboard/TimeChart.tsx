import { useState } from 'react';
import { Panel } from '../components/Panel';
import { ChartTable } from './ChartTable';
import { fullName, groupByPeriod, labelVisibility, type Period, shortName } from './periods';
import { createScale, type Scale, toPercent } from './scale';
import styles from './TimeChart.module.css';

/** The part of its slot that a bar takes. */
const BAR_WIDTH = 0.72;

/**
 * Bars by day, week or month. Positions are percentages, so that the chart fits any width without scaling
 * its text. Hovering a bar shows its value; the table has all values.
 */
export function TimeChart({ title, days, formatValue, formatTick, tone = 'brand', integer = false, wide = false }: {
  title: string;
  days: readonly { day: string; value: number }[];
  formatValue: (value: number) => string;
  formatTick: (value: number) => string;
  tone?: 'brand' | 'accent' | 'soft';
  integer?: boolean;
  wide?: boolean;
}) {
  const [hovered, setHovered] = useState<number>();
  const periods = groupByPeriod(days);
  const scale = createScale(periods.map(({ value }) => value), { integer });
  const shown = hovered === undefined ? undefined : periods[hovered];
  const total = Math.round(periods.reduce((sum, { value }) => sum + value, 0) * 100) / 100;
  return (
    <div className={wide ? `${styles.chart} ${styles.wide}` : styles.chart}>
      <Panel title={title} actions={<p className={styles.hovered}>{shown ? `${fullName(shown)}: ${formatValue(shown.value)}` : formatValue(total)}</p>}>
        <div className={styles.plot} data-tone={tone} aria-hidden="true">
          <Axis scale={scale} format={formatTick} />
          <svg className={styles.bars} onPointerLeave={() => setHovered(undefined)}>
            {scale.ticks.map((tick) => (
              <line key={tick} x1="0" x2="100%" y1={`${100 - toPercent(tick, scale)}%`} y2={`${100 - toPercent(tick, scale)}%`} className={tick === 0 ? styles.zero : styles.line} />
            ))}
            {periods.map((period, index) => (
              <Bar key={period.key} period={period} index={index} count={periods.length} scale={scale} on={index === hovered} onPoint={() => setHovered(index)} />
            ))}
          </svg>
          <div className={styles.labels}>
            {periods.map((period, index) => (
              <span key={period.key} data-visibility={labelVisibility(index, periods.length)}>
                <span>{shortName(period)}</span>
              </span>
            ))}
          </div>
        </div>
        <ChartTable caption={title} headers={['Date', title]} rows={periods.map((period) => [period.key, fullName(period), formatValue(period.value)])} />
      </Panel>
    </div>
  );
}

function Axis({ scale, format }: { scale: Scale; format: (value: number) => string }) {
  return (
    <div className={styles.axis}>
      {scale.ticks.map((tick) => (
        <span key={tick} style={{ insetBlockEnd: `${toPercent(tick, scale)}%` }}>
          {format(tick)}
        </span>
      ))}
    </div>
  );
}

function Bar({ period, index, count, scale, on, onPoint }: {
  period: Period;
  index: number;
  count: number;
  scale: Scale;
  on: boolean;
  onPoint: () => void;
}) {
  const zero = toPercent(0, scale);
  const end = toPercent(period.value, scale);
  const slotWidth = 100 / count;
  return (
    <g onPointerEnter={onPoint} data-on={on || undefined} className={styles.slot}>
      <rect x={`${index * slotWidth}%`} y="0" width={`${slotWidth}%`} height="100%" className={styles.barBackground} />
      <rect
        x={`${(index + (1 - BAR_WIDTH) / 2) * slotWidth}%`}
        y={`${100 - Math.max(zero, end)}%`}
        width={`${BAR_WIDTH * slotWidth}%`}
        height={`${Math.abs(end - zero)}%`}
        rx="3"
        className={period.value < 0 ? styles.negativeBar : styles.bar}
      />
    </g>
  );
}
