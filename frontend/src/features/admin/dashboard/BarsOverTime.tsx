import { useState } from 'react';
import { Panel } from '../components/Panel';
import styles from './BarsOverTime.module.css';
import { Figures } from './Figures';
import { percentOf, type Scale, scaleOf } from './scale';
import { fullName, shortName, type Span, spansOf, written } from './spans';

/** How much of its place a bar takes. */
const THICK = 0.72;

/**
 * Bars by day, week or month. Places are percentages of the drawing, so that it fits any width with
 * its letters in their size. Pointing at a bar says its figure; the table says all of them.
 */
export function BarsOverTime({ title, days, say, axis, tone = 'brand', whole = false, wide = false }: {
  title: string;
  days: readonly { day: string; value: number }[];
  /** A value in words. */
  say: (value: number) => string;
  /** A value at the axis. */
  axis: (value: number) => string;
  tone?: 'brand' | 'accent' | 'soft';
  whole?: boolean;
  wide?: boolean;
}) {
  const [pointed, setPointed] = useState<number>();
  const spans = spansOf(days);
  const scale = scaleOf(spans.map(({ value }) => value), { whole });
  const shown = pointed === undefined ? undefined : spans[pointed];
  const total = Math.round(spans.reduce((sum, { value }) => sum + value, 0) * 100) / 100;
  return (
    <div className={wide ? `${styles.chart} ${styles.wide}` : styles.chart}>
      <Panel title={title} aside={<p className={styles.pointed}>{shown ? `${fullName(shown)}: ${say(shown.value)}` : say(total)}</p>}>
        <div className={styles.drawing} data-tone={tone} aria-hidden="true">
          <Axis scale={scale} say={axis} />
          <svg className={styles.bars} onPointerLeave={() => setPointed(undefined)}>
            {scale.ticks.map((tick) => (
              <line key={tick} x1="0" x2="100%" y1={`${100 - percentOf(tick, scale)}%`} y2={`${100 - percentOf(tick, scale)}%`} className={tick === 0 ? styles.zero : styles.line} />
            ))}
            {spans.map((span, place) => (
              <Bar key={span.key} span={span} place={place} count={spans.length} scale={scale} on={place === pointed} onPoint={() => setPointed(place)} />
            ))}
          </svg>
          <div className={styles.names}>
            {spans.map((span, place) => (
              <span key={span.key} data-written={written(place, spans.length)}>
                <span>{shortName(span)}</span>
              </span>
            ))}
          </div>
        </div>
        <Figures caption={title} heads={['Date', title]} rows={spans.map((span) => [span.key, fullName(span), say(span.value)])} />
      </Panel>
    </div>
  );
}

function Axis({ scale, say }: { scale: Scale; say: (value: number) => string }) {
  return (
    <div className={styles.axis}>
      {scale.ticks.map((tick) => (
        <span key={tick} style={{ insetBlockEnd: `${percentOf(tick, scale)}%` }}>
          {say(tick)}
        </span>
      ))}
    </div>
  );
}

function Bar({ span, place, count, scale, on, onPoint }: {
  span: Span;
  place: number;
  count: number;
  scale: Scale;
  on: boolean;
  onPoint: () => void;
}) {
  const zero = percentOf(0, scale);
  const end = percentOf(span.value, scale);
  const room = 100 / count;
  return (
    <g onPointerEnter={onPoint} data-on={on || undefined} className={styles.place}>
      <rect x={`${place * room}%`} y="0" width={`${room}%`} height="100%" className={styles.air} />
      <rect
        x={`${(place + (1 - THICK) / 2) * room}%`}
        y={`${100 - Math.max(zero, end)}%`}
        width={`${THICK * room}%`}
        height={`${Math.abs(end - zero)}%`}
        rx="3"
        className={span.value < 0 ? styles.below : styles.bar}
      />
    </g>
  );
}
