/** Metrics of a supervisor for OpenTelemetry, by way of `@opentelemetry/api`, which is an optional peer. */
export {
  type Instrumentation,
  type InstrumentOptions,
  instrument,
  type Measured,
} from './opentelemetry/instrument.ts';
