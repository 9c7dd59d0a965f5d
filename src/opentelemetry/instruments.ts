/** The instruments: names, units and descriptions, as docs/metrics.md lists them. */
import {
  type Counter,
  type Histogram,
  type Meter,
  type ObservableUpDownCounter,
  ValueType,
} from '@opentelemetry/api';

type Row = readonly [name: string, unit: string, description: string];

/** Read when metrics are collected. */
const observed = {
  connections: [
    'holdfast.connection.count',
    '{connection}',
    'Connections by the state of their incarnation, or waiting for the next one.',
  ],
  messages: [
    'holdfast.outbox.messages',
    '{message}',
    'Messages accepted for sending that were not handed to the kernel yet.',
  ],
  bytes: ['holdfast.outbox.size', 'By', 'Encoded bytes of those messages; of texts UTF-16 units.'],
  gates: ['holdfast.gate.count', '{gate}', 'Gates of endpoints by their state.'],
  waiting: [
    'holdfast.gate.waiting',
    '{connection}',
    'Connections that wait at a gate for their turn to dial.',
  ],
} as const satisfies Readonly<Record<string, Row>>;

const counted = {
  incarnations: [
    'holdfast.connection.incarnations',
    '{incarnation}',
    'Incarnations that began: dials and accepted sockets.',
  ],
  exits: ['holdfast.connection.exits', '{exit}', 'Incarnations that ended, by reason and class.'],
  suspicions: ['holdfast.connection.suspicions', '{suspicion}', 'Times that a connection became suspect.'],
  refutations: [
    'holdfast.connection.refutations',
    '{suspicion}',
    'Suspicions after which the connection was alive again.',
  ],
  standbys: [
    'holdfast.connection.standbys',
    '{standby}',
    'Standbys of suspect connections that were chosen, dropped or failed, by outcome.',
  ],
} as const satisfies Readonly<Record<string, Row>>;

const timed = {
  rtt: ['holdfast.connection.rtt', 's', 'Round trips of heartbeats and probes.'],
  detection: [
    'holdfast.connection.detection.duration',
    's',
    'From the last sign of life of a peer to the verdict that it is gone.',
  ],
} as const satisfies Readonly<Record<string, Row>>;

/** Seconds: round trips from a loopback to the longest wait, and verdicts around the defaults of the policy. */
const bounds: Readonly<Record<keyof typeof timed, number[]>> = {
  rtt: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
  detection: [1, 2.5, 5, 7.5, 10, 15, 20, 25, 30, 45, 60, 120],
};

export type Instruments = Readonly<Record<keyof typeof observed, ObservableUpDownCounter>> &
  Readonly<Record<keyof typeof counted, Counter>> &
  Readonly<Record<keyof typeof timed, Histogram>>;

/** The name and the unit of each. */
export const instrumentRows: readonly Row[] = [observed, counted, timed].flatMap((table) =>
  Object.values(table),
);

export function instrumentsOf(meter: Meter): Instruments {
  const valueType = ValueType.INT;
  return {
    ...each(observed, ([name, unit, description]) =>
      meter.createObservableUpDownCounter(name, { unit, description, valueType }),
    ),
    ...each(counted, ([name, unit, description]) =>
      meter.createCounter(name, { unit, description, valueType }),
    ),
    ...each(timed, ([name, unit, description], key) =>
      meter.createHistogram(name, { unit, description, advice: { explicitBucketBoundaries: bounds[key] } }),
    ),
  };
}

function each<Key extends string, Made>(
  table: Readonly<Record<Key, Row>>,
  make: (row: Row, key: Key) => Made,
): Record<Key, Made> {
  const rows = Object.entries(table) as [Key, Row][];
  return Object.fromEntries(rows.map(([key, row]) => [key, make(row, key)])) as Record<Key, Made>;
}
