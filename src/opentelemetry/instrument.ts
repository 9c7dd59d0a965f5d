/** Metrics of a supervisor: counters follow its events, and what can be read is read when metrics are collected. */
import {
  type Attributes,
  type BatchObservableResult,
  diag,
  type Meter,
  type MeterProvider,
  metrics,
} from '@opentelemetry/api';
import type { Supervisor } from '../actors/supervisor/supervisor.ts';
import { badConfig } from '../base/errors.ts';
import { checked, type Kinds } from '../base/options.ts';
import { packageVersion } from '../base/package-name.ts';
import { Counting, type Labels } from './counting.ts';
import { instrumentsOf } from './instruments.ts';
import { read } from './reading.ts';

/** A connection, as far as labels may be made from it. */
export interface Measured {
  readonly id: string;
  /** Credentials redacted. */
  readonly url: string;
}

/** Options of `instrument`. */
export interface InstrumentOptions {
  /** Default: the one called `holdfast` of `meterProvider`. */
  readonly meter?: Meter;
  /** Default: the global one. */
  readonly meterProvider?: MeterProvider;
  /**
   * Adds attributes to the metrics of a connection, such as the feed that it belongs to. Each combination of values is a time
   * series of its own, so they have to be few: ids and URLs are not. Default: none.
   */
  readonly attributes?: (connection: Measured) => Attributes;
}

/** An instrumentation under way. */
export interface Instrumentation {
  /** Ends it: nothing is counted or read any more. Called when the supervisor has stopped. */
  stop(): void;
}

/**
 * Measures a supervisor. What happens from now on is counted; connections pay for nothing but their events, which they have
 * anyway, and a call for each answered heartbeat. What the meter or `attributes` throws goes to `diag` of OpenTelemetry, and
 * changes no connection. Throws `ConfigError`.
 */
export function instrument(supervisor: Supervisor, options: InstrumentOptions = {}): Instrumentation {
  const { meterProvider = metrics.getMeterProvider(), attributes } = checked('instrument', options, kinds);
  if (Object(supervisor).samples$ === undefined)
    throw badConfig('supervisor', supervisor, 'a supervisor, as the first argument');
  const { meter = meterProvider.getMeter('holdfast', packageVersion) } = options;
  const instruments = instrumentsOf(meter);
  const labels: Labels = (connection) =>
    (attributes && guarded(() => attributes({ id: connection.id, url: connection.url }))) ?? {};
  const counting = new Counting(instruments, labels, () => supervisor.clock.scheduler.now());
  const { connections, messages, bytes, gates, waiting } = instruments;
  const observables = [connections, messages, bytes, gates, waiting];
  const observe = (result: BatchObservableResult) =>
    guarded(() => read(supervisor, instruments, labels, result));
  meter.addBatchObservableCallback(observe, observables);
  const samples = supervisor.samples$.subscribe((sample) => guarded(() => counting.sample(sample)));
  const stop = () => {
    events.unsubscribe();
    samples.unsubscribe();
    guarded(() => meter.removeBatchObservableCallback(observe, observables));
  };
  const events = supervisor.events$.subscribe({
    next: (event) => guarded(() => counting.event(event)),
    complete: () => queueMicrotask(stop),
  });
  return { stop };
}

const kinds: Kinds<InstrumentOptions> = {
  meter: 'an object',
  meterProvider: 'an object',
  attributes: 'a function',
};

/** A subscriber that throws would end the process, by RxJS's rule. */
function guarded<T>(code: () => T): T | undefined {
  try {
    return code();
  } catch (error) {
    diag.error('holdfast: exception in a meter', error);
    return undefined;
  }
}
