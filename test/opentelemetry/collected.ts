/** Metrics of the SDK, as plain numbers. */
import {
  AggregationTemporality,
  type DataPoint,
  type Histogram,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { later } from '../transport/peers.ts';

export interface Collected {
  readonly unit: string;
  /** By attributes, such as `holdfast.exit.reason=refused`, several with a comma. */
  readonly values: Readonly<Record<string, number>>;
  /** Of a histogram: all that was recorded. */
  readonly count?: number;
  readonly sum?: number;
}

/** A provider, and what has been collected so far by the names of the instruments. */
export function collector() {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
  const provider = new MeterProvider({ readers: [reader] });
  later(() => provider.shutdown());
  const collect = async (): Promise<Readonly<Record<string, Collected>>> => {
    exporter.reset();
    await reader.forceFlush();
    const metrics = exporter.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics);
    const all = metrics.flatMap(({ metrics: each }) => each);
    return Object.fromEntries(
      all.map(({ descriptor: { name, unit }, dataPoints }) => [name, { unit, ...valuesOf(dataPoints) }]),
    );
  };
  return { provider, collect };
}

function valuesOf(points: readonly DataPoint<unknown>[]): Omit<Collected, 'unit'> {
  const named = points.map(({ attributes, value }) => [labelsOf(attributes), value] as const);
  if (!named.every(([, value]) => typeof value === 'object'))
    return { values: Object.fromEntries(named) as Record<string, number> };
  const histograms = named as (readonly [string, Histogram])[];
  return {
    values: Object.fromEntries(histograms.map(([labels, { count }]) => [labels, count])),
    count: histograms.reduce((sum, [, { count }]) => sum + count, 0),
    sum: histograms.reduce((total, [, { sum = 0 }]) => total + sum, 0),
  };
}

function labelsOf(attributes: object): string {
  return Object.entries(attributes)
    .map(([name, value]) => `${name}=${value}`)
    .sort()
    .join(',');
}
