/** The lines that a supervisor writes: one for each event, in every program that uses holdfast. */
import type {
  AcceptedEvent,
  ConfiguredEvent,
  EndedEvent,
  HandshakeFailedEvent,
  LifecycleEvent,
  LimitReachedEvent,
  ListeningEvent,
  ReconnectScheduledEvent,
  RestingEvent,
  SessionEvent,
  SessionLostEvent,
  SessionStuckEvent,
  StandbyEvent,
  StateEvent,
  WarningEvent,
} from '../../src/actors/supervisor/events.ts';
import type { GateEvent } from '../../src/endpoints/endpoint-gate.ts';
import type { Evidence } from '../../src/liveness/evidence.ts';
import type { ConnectionState } from '../../src/machines/connection.ts';
import type { ExitClass } from '../../src/policy/exits.ts';
import type { GateState } from '../../src/policy/gate.ts';
import type { Because } from '../../src/policy/restart.ts';
import {
  code,
  count,
  detail,
  type FieldsOf,
  flag,
  milliseconds,
  number,
  objectSchema,
  optional,
  reason,
  string,
  url,
  word,
} from './field.ts';
import type { Lines } from './line.ts';

const states = {
  connecting: true,
  alive: true,
  suspect: true,
  closing: true,
  closed: true,
} satisfies Record<ConnectionState, true>;
const classes = { normal: true, retryable: true, fatal: true } satisfies Record<ExitClass, true>;
const gates = { unknown: true, open: true, failed: true } satisfies Record<GateState, true>;
const causes = { backoff: true, hint: true, gate: true } satisfies Record<Because, true>;

const evidence: FieldsOf<Evidence> = {
  silenceMs: milliseconds('Since the last inbound byte.'),
  rtoMs: milliseconds('After which an unanswered probe is suspicious.'),
  probes: count('Unanswered probes.'),
  lateMs: number('By how much the timer that found it was late.'),
  queuedBytes: count('Bytes of this side that the socket has not taken yet.'),
};

const state: FieldsOf<StateEvent> = {
  url,
  from: optional(word(states, 'Absent on the first line of an incarnation.')),
  to: word(states, 'The state.'),
  rttMs: optional(milliseconds('The smoothed round-trip time.')),
  reason: optional(reason('Why it closes.')),
  class: optional(word(classes, 'Of the reason; on the way to `closed`.')),
  code,
  detail,
  evidence: optional({ schema: objectSchema(evidence), text: 'Of the suspicion; on the way to `suspect`.' }),
};

const scheduled: FieldsOf<ReconnectScheduledEvent> = {
  url,
  attempt: count('1 for the first since the connection was stable.'),
  delayMs: milliseconds('Until the attempt; at a gate the least.'),
  because: word(causes, 'What the delay comes from.'),
};

const resting: FieldsOf<RestingEvent> = { url };

const history: object = { type: 'array', items: { type: 'object' } };

const ended: FieldsOf<EndedEvent> = {
  url,
  reason: reason('Of the last exit.'),
  because: optional(string('Why there is no further attempt; of `gave-up`.')),
  code,
  detail,
  history: optional({ schema: history, text: 'The last moves; of `gave-up`.' }),
};

const left: FieldsOf<EndedEvent> & { readonly peer: ReturnType<typeof optional> } = {
  ...ended,
  peer: optional(string('The address of a peer that sent nothing, whose other lines were left out.')),
};

const accepted: FieldsOf<AcceptedEvent> = { url, peer: string('`address:port`, or `unknown`.') };
const listening: FieldsOf<ListeningEvent> = { url: string('With the port that was assigned.') };

const handshakeFailed: FieldsOf<HandshakeFailedEvent> = {
  url: string('Where it was accepted.'),
  peer: string('`address:port`.'),
  reason: reason('Why the socket closed.'),
  code,
  detail,
  bytes: count('That the peer had sent.'),
  afterMs: milliseconds('Since it was accepted.'),
};

const limits = { connections: true, perAddress: true, handshakes: true } satisfies Record<
  LimitReachedEvent['limit'],
  true
>;
const limitReached: FieldsOf<LimitReachedEvent> = {
  url: string('Of the listener.'),
  limit: word(limits, 'Which one.'),
  max: count('The limit, in sockets.'),
  refused: count('Sockets since the line before.'),
  peer: string('The last of them.'),
};

const gate: FieldsOf<GateEvent> = {
  endpoint: string('Scheme, host and port.'),
  route: optional(string('The path, at the gate of a route.')),
  from: word(gates, 'The state before.'),
  to: word(gates, 'The state.'),
  window: number('Dials that may be under way at once.'),
  waiting: count('Connections that wait for their turn.'),
  delayMs: milliseconds('Until the next dial may begin.'),
};

const warning: FieldsOf<WarningEvent> = { url, detail: string('A sentence; its wording is not stable.') };

const sessionId = string('The first digits of its id; empty before it has one.');
const unacknowledged = count('Messages of this side that were sent and not acknowledged.');
const sessionStates = { attached: true, detached: true, ended: true } satisfies Record<
  SessionEvent['to'],
  true
>;
const session: FieldsOf<SessionEvent> = {
  url,
  session: sessionId,
  epoch: count('Counts its sockets.'),
  to: word(sessionStates, 'What became of it.'),
  unacknowledged,
  resumed: optional(flag('It goes on with what was before.')),
  replayed: optional(count('Messages that leave again.')),
  reason: optional(string('Why it is over.')),
};

const losses = { 'unknown-session': true, gap: true } satisfies Record<SessionLostEvent['reason'], true>;
const sessionLost: FieldsOf<SessionLostEvent> = {
  url,
  session: sessionId,
  reason: word(losses, 'Why.'),
  unacknowledged,
  resent: flag('They are sent again in the next session.'),
};

const sessionStuck: FieldsOf<SessionStuckEvent> = {
  url,
  session: sessionId,
  epoch: count('Counts its sockets.'),
  unacknowledged,
  forMs: milliseconds('For how long the window has been full.'),
};

const standbys = { dialled: true, chosen: true, dropped: true, failed: true } satisfies Record<
  StandbyEvent['to'],
  true
>;
const standby: FieldsOf<StandbyEvent> = {
  url,
  standby: count('The incarnation that it becomes when it is chosen.'),
  standbyUrl: url,
  to: word(standbys, 'What became of it.'),
  afterMs: milliseconds('Since it was dialled.'),
  reason: optional(reason('Why it failed.')),
  code,
  detail,
};

const configured: FieldsOf<ConfiguredEvent> = {};

const info = [30];

/** A line for each event; the compiler finds one that is missing. */
export const eventLines: Lines<LifecycleEvent['event']> = {
  state: { levels: [20, 30, 40], of: 'incarnation', fields: state, text: 'A connection changed its state.' },
  'reconnect-scheduled': {
    levels: info,
    of: 'incarnation',
    fields: scheduled,
    text: 'Another attempt follows.',
  },
  resting: {
    levels: info,
    of: 'incarnation',
    fields: resting,
    text: 'A lazy connection waits until something wants it.',
  },
  left: {
    levels: [20, 30],
    of: 'incarnation',
    fields: left,
    text: 'A connection is over, as intended. At `debug` for a peer that came and went without a byte.',
  },
  'gave-up': {
    levels: [40],
    of: 'incarnation',
    fields: ended,
    text: 'A connection is over: no attempt makes sense.',
  },
  accepted: { levels: [20, 30], of: 'incarnation', fields: accepted, text: 'A listener has a client.' },
  listening: { levels: info, fields: listening, text: 'A listener is bound.' },
  'handshake-failed': {
    levels: [20],
    fields: handshakeFailed,
    text: 'A socket closed before its handshake was done.',
  },
  'limit-reached': { levels: [40], fields: limitReached, text: 'A limit of a listener refused sockets.' },
  gate: { levels: [20, 30, 40], fields: gate, text: 'The gate of an endpoint changed its state.' },
  warning: {
    levels: [30, 40],
    of: 'incarnation',
    fields: warning,
    text: 'Something that ends nothing was noticed.',
  },
  session: {
    levels: [30, 40],
    of: 'incarnation',
    fields: session,
    text: 'A session got a socket, lost it, or is over.',
  },
  'session-lost': {
    levels: [30, 40],
    of: 'incarnation',
    fields: sessionLost,
    text: 'The accepting side has lost a session.',
  },
  'session-stuck': {
    levels: [30, 40],
    of: 'incarnation',
    fields: sessionStuck,
    text: 'The window of a session is full: the other side handles nothing.',
  },
  standby: {
    levels: [30, 40],
    of: 'incarnation',
    fields: standby,
    text: 'A second socket beside a suspect one.',
  },
  configured: { levels: info, fields: configured, text: 'The policy of all connections was replaced.' },
};
