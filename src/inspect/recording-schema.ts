/** The schema of a `holdfast-recording`. */
import * as v from 'valibot';

const state = v.picklist(['connecting', 'alive', 'suspect', 'closing', 'closed']);
const time = v.pipe(v.number(), v.finite());
const amount = v.pipe(v.number(), v.finite(), v.minValue(0));
const text = v.pipe(v.string(), v.maxLength(10_000));
const code = v.optional(v.union([v.number(), text]));

const evidence = v.object({ silentSince: time, rtoMs: amount, probes: amount, queuedBytes: amount });

const row = v.object({
  id: text,
  machine: text,
  url: text,
  side: v.picklist(['dial', 'accept']),
  protocol: text,
  mode: v.optional(text),
  status: v.picklist(['running', 'waiting', 'left', 'gave-up']),
  state,
  node: text,
  supervision: v.optional(text),
  supervisionSince: v.optional(time),
  incarnation: amount,
  rttMs: v.optional(amount),
  rtts: v.optional(v.array(amount)),
  attempt: v.optional(amount),
  dueAt: v.optional(time),
  because: v.optional(text),
  gate: v.optional(text),
  since: time,
  stateSince: time,
  reason: v.optional(text),
  code,
  evidence: v.optional(evidence),
});

const entry = v.object({
  chart: v.optional(v.literal('supervision')),
  at: time,
  firstAt: v.optional(time),
  incarnation: amount,
  event: text,
  from: v.optional(text),
  to: text,
  deadline: v.optional(text),
  reason: v.optional(text),
  code,
  detail: v.optional(text),
});

const snapshot = v.object({
  status: text,
  value: v.optional(v.unknown()),
  context: v.optional(v.unknown()),
  output: v.optional(v.unknown()),
});

const transition = v.object({
  type: v.literal('@xstate.transition'),
  connection: text,
  at: time,
  seq: amount,
  source: text,
  actor: text,
  incarnation: amount,
  event: v.looseObject({ type: text }),
  from: v.optional(text),
  to: v.optional(text),
  microsteps: v.array(v.object({ edges: v.array(text), guard: v.optional(text), actions: v.array(text) })),
  unhandled: v.optional(v.literal(true)),
  snapshot: v.optional(snapshot),
});

const supervision = v.object({
  type: v.literal('supervision'),
  connection: text,
  at: time,
  incarnation: amount,
  event: text,
  from: text,
  to: text,
});

const sample = v.object({
  at: time,
  silenceMs: amount,
  rtoMs: amount,
  probes: amount,
  queuedBytes: amount,
  rttMs: v.optional(amount),
  smoothedMs: v.optional(amount),
});

const suspicion = v.object({
  type: v.literal('suspicion'),
  connection: text,
  at: time,
  incarnation: amount,
  kind: text,
  until: v.optional(time),
  verdict: v.optional(state),
});

const lifecycle = v.object({
  type: v.literal('lifecycle'),
  connection: text,
  at: time,
  incarnation: amount,
  event: v.looseObject({ type: text }),
});

const gate = v.object({
  endpoint: text,
  route: v.optional(text),
  state: v.picklist(['unknown', 'open', 'failed']),
  window: amount,
  inFlight: amount,
  waiting: amount,
  until: v.optional(time),
});

export const recordingSchema = v.object({
  format: v.literal('holdfast-recording'),
  version: v.number(),
  at: time,
  madeBy: text,
  gates: v.optional(v.array(gate), []),
  connections: v.array(
    v.object({
      row,
      history: v.array(entry),
      transitions: v.optional(v.array(transition), []),
      supervision: v.optional(v.array(supervision), []),
      samples: v.optional(v.array(sample), []),
      suspicions: v.optional(v.array(suspicion), []),
      lifecycle: v.optional(v.array(lifecycle), []),
    }),
  ),
});
