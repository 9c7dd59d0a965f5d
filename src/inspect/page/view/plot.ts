/** Two plots over one time axis: round trips, and silence beside the timeout of a probe. Suspicions are bands. */
import uPlot from 'uplot';
import type { Sample, SuspicionMessage } from '../../wire.ts';
import { ms } from '../model/format.ts';

/** uPlot connects a line over undefined, and breaks it at null. */
type Column = (number | null | undefined)[];
/** x in seconds first, as uPlot expects. */
type Columns = [Column, ...Column[]];

/** Samples come ten times a second. */
const GAP_S = 1.2;

export interface Measured {
  readonly samples: readonly Sample[];
  readonly suspicions: readonly SuspicionMessage[];
  readonly from: number;
  readonly to: number;
  readonly cursor: number | undefined;
}

export interface Plot {
  update(measured: Measured): void;
  resize(width: number, height: number): void;
  destroy(): void;
}

interface Lines {
  readonly name: string;
  readonly series: readonly {
    readonly label: string;
    /** In a legend that has room for it; else the label. */
    readonly name?: string;
    readonly explanation: string;
    readonly color: string;
    readonly style?: uPlot.Series;
  }[];
  columns(samples: readonly Sample[]): Column[];
}

const roundTrips: Lines = {
  name: 'rtt',
  series: [
    {
      label: 'rtt',
      explanation: 'Round trip of a probe.',
      color: '--c-rtt',
      style: { points: { show: true, size: 4 } },
    },
    {
      label: 'smoothed',
      explanation: 'Estimate of the round trip.',
      color: '--c-smoothed',
      style: { width: 2 },
    },
  ],
  columns: (samples) => [samples.map(({ rttMs }) => rttMs), samples.map(({ smoothedMs }) => smoothedMs)],
};

const silence: Lines = {
  name: 'silence',
  series: [
    { label: 'silence', explanation: 'Time since the last inbound byte.', color: '--c-silence' },
    {
      label: 'rto',
      name: 'probe timeout',
      explanation:
        'RTO: time that a probe has for its answer. No limit of silence: that may be longer between probes.',
      color: '--c-rto',
      style: { dash: [1, 4] },
    },
    {
      label: 'probes',
      explanation: 'A probe was sent.',
      color: '--c-probes',
      style: { width: 0, points: { show: true, size: 5, width: 2 } },
    },
  ],
  columns: (samples) => [
    samples.map(({ silenceMs }) => silenceMs),
    samples.map(({ rtoMs }) => rtoMs),
    samples.map(({ probes, silenceMs }, index) =>
      probes > (samples[index - 1]?.probes ?? 0) ? silenceMs : null,
    ),
  ],
};

export const plots: readonly Lines[] = [roundTrips, silence];

const AXIS = 52;
/** Milliseconds between the lines of a grid. */
const INCREMENTS = Array.from({ length: 14 }, (_, index) => 10 ** (index - 1)).flatMap((n) => [
  n,
  2 * n,
  5 * n,
]);

export function createPlot(element: HTMLElement, lines: Lines, onPick: (at: number) => void): Plot {
  let measured: Measured = { samples: [], suspicions: [], from: 0, to: 1, cursor: undefined };
  const color = (name: string) => getComputedStyle(element).getPropertyValue(name).trim();
  const plot = new uPlot(
    {
      width: 300,
      height: 100,
      padding: [6, 8, 0, 0],
      legend: { show: false },
      cursor: { y: false, points: { size: 6 }, drag: { x: false, y: false }, sync: { key: 'measures' } },
      scales: { x: { time: true, auto: false }, y: { range: (_, __, high) => [0, niceTop(high)] } },
      axes: axesOf(color, () => measured),
      series: [
        {},
        ...lines.series.map(({ label, color: name, style }) => ({
          label,
          stroke: () => color(name),
          width: 1.5,
          points: { show: false },
          ...style,
        })),
      ],
      hooks: {
        drawClear: [(self) => drawBands(self, measured, color)],
        draw: [(self) => drawCursor(self, measured, color)],
      },
    },
    [[], ...lines.series.map(() => [])] as unknown as uPlot.AlignedData,
    element,
  );
  plot.over.addEventListener('click', () => {
    const { left = -1 } = plot.cursor;
    if (left >= 0) onPick(plot.posToVal(left, 'x') * 1000);
  });
  return {
    update: (next) => {
      measured = next;
      const shown = next.samples.filter(({ at }) => at >= next.from - 1000 && at <= next.to + 1000);
      plot.batch(() => {
        plot.setData(columnsOf(lines, shown), false);
        plot.setScale('x', { min: next.from / 1000, max: next.to / 1000 });
      });
    },
    resize: (width, height) => plot.setSize({ width, height }),
    destroy: () => plot.destroy(),
  };
}

/** Time to the left of now, and milliseconds. */
function axesOf(color: (name: string) => string, measured: () => Measured): uPlot.Axis[] {
  const axis: uPlot.Axis = {
    stroke: () => color('--dim'),
    grid: { stroke: () => color('--line'), width: 1 },
    ticks: { show: false },
    font: '10.5px Inter, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif',
  };
  return [
    {
      ...axis,
      size: 22,
      splits: () => splitsBefore(measured().to / 1000, measured().from / 1000),
      values: (_, splits) => splits.map((at) => before(at, measured().to / 1000)),
    },
    {
      ...axis,
      size: AXIS,
      space: 24,
      incrs: INCREMENTS,
      values: (_, splits) => splits.map((value) => (value === 0 ? '0' : ms(value))),
    },
  ];
}

/** Breaks the lines between two incarnations, where nothing is measured. */
function columnsOf(lines: Lines, samples: readonly Sample[]): uPlot.AlignedData {
  const columns: Columns = [samples.map(({ at }) => at / 1000), ...lines.columns(samples)];
  for (let index = samples.length - 1; index > 0; index--) {
    const [before, after] = [columns[0][index - 1] ?? 0, columns[0][index] ?? 0];
    if (after - before < GAP_S) continue;
    for (const column of columns) column.splice(index, 0, null);
    columns[0][index] = (before + after) / 2;
    for (const column of columns.slice(1)) widen(column, index);
  }
  return columns as unknown as uPlot.AlignedData;
}

/** The gap between the last value before it and the first one after it. */
function widen(column: Column, gap: number): void {
  for (let at = gap - 1; at >= 0 && column[at] === undefined; at--) column[at] = null;
  for (let at = gap + 1; at < column.length && column[at] === undefined; at++) column[at] = null;
}

function niceTop(high: number | null): number {
  return Math.max(4, (high ?? 0) * 1.15);
}

const STEPS_S = [1, 2, 5, 10, 15, 30, 60];

/** Round times before the right edge, not too many. */
function splitsBefore(to: number, from: number): number[] {
  const span = to - from;
  const step = STEPS_S.find((seconds) => span / seconds <= 6) ?? span / 6;
  return Array.from({ length: Math.floor(span / step) + 1 }, (_, index) => to - index * step).reverse();
}

function before(at: number, to: number): string {
  const seconds = Math.round(to - at);
  return seconds === 0 ? '' : `−${seconds} s`;
}

function drawBands(plot: uPlot, { suspicions, to }: Measured, color: (name: string) => string): void {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.fillStyle = color('--c-band');
  for (const { at, until = to } of suspicions) {
    const [left, right] = [x(plot, at), x(plot, until)];
    if (right > bbox.left && left < bbox.left + bbox.width) {
      const start = Math.max(left, bbox.left);
      ctx.fillRect(
        start,
        bbox.top,
        Math.max(2, Math.min(right, bbox.left + bbox.width) - start),
        bbox.height,
      );
    }
  }
  ctx.restore();
}

function drawCursor(plot: uPlot, { cursor, from, to }: Measured, color: (name: string) => string): void {
  if (cursor === undefined || cursor < from || cursor > to) return;
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.fillStyle = color('--accent');
  ctx.fillRect(x(plot, cursor) - 1, bbox.top, 2, bbox.height);
  ctx.restore();
}

function x(plot: uPlot, at: number): number {
  return plot.valToPos(at / 1000, 'x', true);
}
