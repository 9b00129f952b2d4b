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
  const [hovered, setPointed] = useState<number>();
  const spans = groupByPeriod(days);
  const scale = createScale(spans.map(({ value }) => value), { integer });
  const shown = hovered === undefined ? undefined : spans[hovered];
  const total = Math.round(spans.reduce((sum, { value }) => sum + value, 0) * 100) / 100;
  return (
    <div className={wide ? `${styles.chart} ${styles.wide}` : styles.chart}>
      <Panel title={title} actions={<p className={styles.pointed}>{shown ? `${fullName(shown)}: ${formatValue(shown.value)}` : formatValue(total)}</p>}>
        <div className={styles.drawing} data-tone={tone} aria-hidden="true">
          <Axis scale={scale} say={formatTick} />
          <svg className={styles.bars} onPointerLeave={() => setPointed(undefined)}>
            {scale.ticks.map((tick) => (
              <line key={tick} x1="0" x2="100%" y1={`${100 - toPercent(tick, scale)}%`} y2={`${100 - toPercent(tick, scale)}%`} className={tick === 0 ? styles.zero : styles.line} />
            ))}
            {spans.map((span, place) => (
              <Bar key={span.key} span={span} place={place} count={spans.length} scale={scale} on={place === hovered} onPoint={() => setPointed(place)} />
            ))}
          </svg>
          <div className={styles.names}>
            {spans.map((span, place) => (
              <span key={span.key} data-written={labelVisibility(place, spans.length)}>
                <span>{shortName(span)}</span>
              </span>
            ))}
          </div>
        </div>
        <ChartTable caption={title} headers={['Date', title]} rows={spans.map((span) => [span.key, fullName(span), formatValue(span.value)])} />
      </Panel>
    </div>
  );
}

function Axis({ scale, say }: { scale: Scale; say: (value: number) => string }) {
  return (
    <div className={styles.axis}>
      {scale.ticks.map((tick) => (
        <span key={tick} style={{ insetBlockEnd: `${toPercent(tick, scale)}%` }}>
          {say(tick)}
        </span>
      ))}
    </div>
  );
}

function Bar({ span, place, count, scale, on, onPoint }: {
  span: Period;
  place: number;
  count: number;
  scale: Scale;
  on: boolean;
  onPoint: () => void;
}) {
  const zero = toPercent(0, scale);
  const end = toPercent(span.value, scale);
  const room = 100 / count;
  return (
    <g onPointerEnter={onPoint} data-on={on || undefined} className={styles.place}>
      <rect x={`${place * room}%`} y="0" width={`${room}%`} height="100%" className={styles.air} />
      <rect
        x={`${(place + (1 - BAR_WIDTH) / 2) * room}%`}
        y={`${100 - Math.max(zero, end)}%`}
        width={`${BAR_WIDTH * room}%`}
        height={`${Math.abs(end - zero)}%`}
        rx="3"
        className={span.value < 0 ? styles.below : styles.bar}
      />
    </g>
  );
}
