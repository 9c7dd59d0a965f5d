/** The metrics of a supervisor as text for Prometheus. Loaded only for `--metrics`: it brings the SDK of OpenTelemetry. */
import { PrometheusSerializer } from '@opentelemetry/exporter-prometheus';
import { MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics';
import type { Supervisor } from '../../actors/supervisor/supervisor.ts';
import { instrument } from '../../opentelemetry/instrument.ts';

/** Series that an instrument may have; the default of 2,000 is less than a fleet has exits. */
const SERIES = 50_000;

export interface Metrics {
  /** Reads all metrics. Rejects when that fails. */
  text(): Promise<string>;
  end(): Promise<void>;
}

/** Read when it is asked, never by itself. */
class Reader extends MetricReader {
  protected override async onForceFlush(): Promise<void> {}

  protected override async onShutdown(): Promise<void> {}
}

/** Counts from now on. With `ids` each connection has series of its own, so that they must be few. */
export function metricsOf(supervisor: Supervisor, { ids }: { readonly ids: boolean }): Metrics {
  const reader = new Reader({ cardinalitySelector: () => SERIES });
  const meterProvider = new MeterProvider({ readers: [reader] });
  const attributes = ({ id }: { readonly id: string }) => ({ 'holdfast.connection.id': id });
  const instrumentation = instrument(supervisor, { meterProvider, ...(ids && { attributes }) });
  // No prefix, no timestamps, no labels of a resource and of a scope: Prometheus names the process, and the metrics the library.
  const serializer = new PrometheusSerializer(undefined, false, undefined, true, true);
  return {
    async text() {
      const { resourceMetrics, errors } = await reader.collect();
      if (errors.length > 0) throw errors[0];
      return serializer.serialize(resourceMetrics);
    },
    async end() {
      instrumentation.stop();
      await meterProvider.shutdown();
    },
  };
}
