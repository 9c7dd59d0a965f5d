/** The schema of a `holdfast-recording`: only what the page can show and step through. */
import * as v from 'valibot';
import { CONNECTION_STATES, MAX_LABELS, RTT_HISTORY } from './rows.ts';

/** Up to here two times of a page, which lie at least a microsecond apart, are different numbers. */
const LATEST = Date.UTC(2500, 0);
/** The page reads what `printable` cut to a few levels; `JSON.stringify` fails at some thousands. */
const DEPTH = 32;

const state = v.picklist(CONNECTION_STATES);
export const time = number(isBefore, 'a time in milliseconds since the epoch, before the year 2500');
const duration = number(isBefore, 'milliseconds, at least 0 and less than 530 years');
export const whole = number(
  (value) => Number.isSafeInteger(value) && value >= 0,
  'a whole number from 0 to 2^53 - 1',
);
export const amount = number((value) => Number.isFinite(value) && value >= 0, 'a finite number, at least 0');
export const text = v.pipe(v.string(), v.maxLength(10_000));
const code = v.optional(v.union([v.pipe(v.number(), v.finite()), text]));
const LEVELS = `at most ${DEPTH} levels of objects and lists`;
const anything = v.optional(
  v.pipe(
    v.unknown(),
    v.check((value) => isShallow(value), LEVELS),
  ),
);
const event = v.pipe(
  v.looseObject({ type: text }),
  v.check((fields) => isShallow(fields), LEVELS),
);

const evidence = v.object({ silentSince: time, rtoMs: duration, probes: whole, queuedBytes: whole });

const shown = v.object({ messages: whole, bytes: whole });
const session = v.object({
  id: text,
  node: text,
  epoch: whole,
  resumed: v.boolean(),
  outgoing: shown,
  incoming: shown,
  replayed: whole,
  until: v.optional(time),
});

const passed = v.object({ messages: whole, bytes: whole, messageRate: amount, byteRate: amount });
const traffic = v.object({ since: time, in: passed, out: passed, outbox: shown });

/** Certificates may hold until a year after `LATEST`, and from one before 1970. */
const certificateTime = number(
  (value) => Math.abs(value) <= 8.64e15,
  'a time in milliseconds since the epoch',
);
const certificate = v.object({
  subject: text,
  issuer: text,
  names: v.optional(text),
  validFrom: certificateTime,
  validTo: certificateTime,
  fingerprint: text,
});
const tls = v.object({
  version: text,
  cipher: text,
  authorized: v.boolean(),
  resumed: v.boolean(),
  certificate: v.optional(certificate),
});
const peer = v.object({
  address: v.optional(text),
  port: v.optional(whole),
  family: v.picklist(['IPv4', 'IPv6', 'unix']),
  tls: v.optional(tls),
});
const labels = v.pipe(
  v.record(text, text),
  v.check((all) => Object.keys(all).length <= MAX_LABELS, `at most ${MAX_LABELS} labels`),
);

export const row = v.object({
  id: text,
  reporter: v.optional(text),
  machine: text,
  url: text,
  side: v.picklist(['dial', 'accept']),
  protocol: text,
  mode: v.optional(text),
  status: v.picklist(['running', 'waiting', 'resting', 'left', 'gave-up']),
  state,
  node: text,
  supervision: v.optional(text),
  supervisionSince: v.optional(time),
  incarnation: whole,
  rttMs: v.optional(duration),
  rtts: v.optional(most(v.array(duration), RTT_HISTORY)),
  attempt: v.optional(whole),
  dueAt: v.optional(time),
  because: v.optional(text),
  gate: v.optional(text),
  since: time,
  stateSince: time,
  reason: v.optional(text),
  code,
  evidence: v.optional(evidence),
  session: v.optional(session),
  traffic: v.optional(traffic),
  peer: v.optional(peer),
  labels: v.optional(labels),
});

export const entry = v.object({
  chart: v.optional(v.picklist(['supervision', 'session'])),
  at: time,
  firstAt: v.optional(time),
  incarnation: whole,
  event: text,
  from: v.optional(text),
  to: text,
  deadline: v.optional(text),
  reason: v.optional(text),
  code,
  detail: v.optional(text),
  resumed: v.optional(v.literal(true)),
  replayed: v.optional(whole),
});

const snapshot = v.object({
  status: text,
  value: anything,
  context: anything,
  output: anything,
});

export const transition = v.object({
  type: v.literal('@xstate.transition'),
  connection: text,
  at: time,
  seq: whole,
  source: text,
  actor: text,
  incarnation: whole,
  event,
  from: v.optional(text),
  to: v.optional(text),
  microsteps: v.array(v.object({ edges: v.array(text), guard: v.optional(text), actions: v.array(text) })),
  unhandled: v.optional(v.literal(true)),
  snapshot: v.optional(snapshot),
});

export const supervision = v.object({
  type: v.literal('supervision'),
  connection: text,
  at: time,
  incarnation: whole,
  event: text,
  from: text,
  to: text,
});

export const sample = v.object({
  at: time,
  silenceMs: duration,
  rtoMs: duration,
  probes: whole,
  queuedBytes: whole,
  rttMs: v.optional(duration),
  smoothedMs: v.optional(duration),
});

export const suspicion = v.object({
  type: v.literal('suspicion'),
  connection: text,
  at: time,
  incarnation: whole,
  kind: text,
  until: v.optional(time),
  verdict: v.optional(state),
});

export const lifecycle = v.object({
  type: v.literal('lifecycle'),
  connection: text,
  at: time,
  incarnation: whole,
  event,
});

export const gate = v.object({
  reporter: v.optional(text),
  endpoint: text,
  route: v.optional(text),
  state: v.picklist(['unknown', 'open', 'failed']),
  window: amount,
  inFlight: whole,
  waiting: whole,
  until: v.optional(time),
});

/** The entries of each list of a connection. */
export const listSchemas = {
  history: entry,
  transitions: transition,
  supervision,
  samples: sample,
  suspicions: suspicion,
  lifecycle,
};

const list = v.optional(v.array(v.unknown()), []);

/** A recording whose lists of a connection are not looked at yet: they may have 100,000 entries. */
export const shellSchema = v.object({
  format: v.literal('holdfast-recording'),
  version: v.number(),
  at: time,
  madeBy: text,
  gates: v.optional(v.array(gate), []),
  connections: v.array(
    v.object({
      row,
      history: v.array(v.unknown()),
      transitions: list,
      supervision: list,
      samples: list,
      suspicions: list,
      lifecycle: list,
    }),
  ),
});

function number(holds: (value: number) => boolean, expected: string) {
  return v.pipe(v.number(), v.check(holds, expected));
}

function isBefore(value: number): boolean {
  return value >= 0 && value < LATEST;
}

function most<Item extends v.GenericSchema>(list: v.ArraySchema<Item, undefined>, count: number) {
  return v.pipe(
    list,
    v.check(({ length }) => length <= count, `at most ${count} entries`),
  );
}

/** A recursion that ends where a document is too deep. */
function isShallow(value: unknown, left: number = DEPTH): boolean {
  if (typeof value !== 'object' || value === null) return true;
  if (left === 0) return false;
  for (const key in value)
    if (!isShallow((value as Readonly<Record<string, unknown>>)[key], left - 1)) return false;
  return true;
}
