/**
 * A sentence for each path of the policy table, for the JSON Schema, the tables of `docs/policy.md` and the comments of
 * `policy-types.ts`. `npm run schema` writes them there. Browsers do not load this file.
 */
import type { PolicyPath } from './table.ts';

export const sentences: Readonly<Record<PolicyPath, string>> = {
  profile: 'Deltas to start from. Default `wan`, which has none.',

  heartbeat: 'How a dead peer is noticed.',
  'heartbeat.mode':
    '`probe`: ask and be answered. `listen`: the peer announces itself. `announce`: this side announces itself and expects no answer. `auto`: the mode of the protocol for this side. A mode that the protocol does not have is refused when connecting.',
  'heartbeat.reply':
    'Whether pings are answered. A dialling side in `auto` announces itself if they are not.',
  'heartbeat.interval':
    'A heartbeat is due after `interval * U(0.9, 1)` of silence. `null`: no heartbeats, and no silence verdict.',
  'heartbeat.suspectAfter':
    'Bounds of `d = clamp(SRTT + max(4 * RTTVAR, 1 ms), min, max)`, the wait from a probe to the suspicion.',
  'heartbeat.suspectAfter.min': 'Lower bound of `d`, the wait from a probe to the suspicion.',
  'heartbeat.suspectAfter.max': 'Upper bound of `d = clamp(SRTT + max(4 * RTTVAR, 1 ms), min, max)`.',
  'heartbeat.probes':
    'Further probes after the first unanswered one, at `d`, `3d`, `7d`… as far as they fall before the verdict.',
  'heartbeat.condemnAfter':
    'Time from the first unanswered probe to the verdict. `0`: condemned as soon as suspected.',
  'heartbeat.transitMax':
    'Most time that a probe gets for the bytes handed to the kernel before it, at the rate of answered probes, or at 8 kB/s: suspicion and verdict wait as much longer.',

  deadlines: 'How long each state may last.',
  'deadlines.connect': 'Time from dialling to an open socket; then `connect-timeout`.',
  'deadlines.handshake':
    'Time from an open socket to the hello or first proof of the peer; then `handshake-timeout`.',
  'deadlines.write':
    'Time without progress of our writes: suspected, and `write-timeout` after `heartbeat.condemnAfter` more. `null`: no limit.',
  'deadlines.close': 'Time for the goodbye; then the socket is destroyed.',
  'deadlines.halfClosed':
    'Time for answers after the peer ended its stream (a half-close); then our side ends too. `null`: as soon as accepted messages are sent.',
  'deadlines.provider':
    'Time for the functions that provide URL, headers, protocols and credentials, together; then `provider-failed`.',
  'deadlines.idle':
    'Time without business data in either direction, heartbeats not counted; then `idle-timeout`, a normal exit. `null`: no limit.',
  'deadlines.maxAge':
    'Lifetime of a healthy connection; then `max-age`, a normal exit after which a permanent connection comes back. `null`: no limit.',

  reconnect: 'The steps after the end of a connection.',
  'reconnect.restart':
    '`permanent`: always comes back. `transient`: not after a normal exit. `temporary`: never. None comes back after `close()` or a fatal exit. Accepted connections are always temporary.',
  'reconnect.backoff':
    'The wait before each attempt. A `type` other than the one below starts from the defaults of that type; without a `type` the one below is kept.',
  'reconnect.backoff.type': 'The formula of the delays.',
  'reconnect.backoff.base': 'The first delay, before jitter.',
  'reconnect.backoff.factor': 'The ratio of each delay to the one before.',
  'reconnect.backoff.cap': 'The longest delay, before jitter.',
  'reconnect.backoff.jitter': 'Applied after the cap. `full`: `U(0, d)`. `equal`: `U(d/2, d)`. `none`: `d`.',
  'reconnect.backoff.delay': 'Every delay, before jitter.',
  'reconnect.backoff.delays': 'The delays in order, before jitter; the last one repeats.',
  'reconnect.maxAttempts':
    'Attempts in a row, then `gave-up`. `0`: the first exit is the last. `null`: no limit.',
  'reconnect.maxElapsed':
    'Gives up rather than begin an attempt later than this after the first exit. `null`: no limit.',
  'reconnect.stableAfter':
    'Attempts start over at 1 when a connection was alive and proved for this long. Opening alone is not enough: against a server that accepts and hangs up, delays go on growing.',
  'reconnect.maxHint':
    'Upper bound of `Retry-After` and `retry-after=7s`, before the upward jitter of up to a tenth. `0`: hints are ignored.',
  'reconnect.crashes': 'More than `max` exits as `crashed` within `within` are a bug: gives up.',
  'reconnect.crashes.max': 'Exits as `crashed` within `within` that are tolerated; one more gives up.',
  'reconnect.crashes.within': 'The time for which a crash counts.',
  'reconnect.classes':
    'Moves a reason to the class `normal`, `retryable` or `fatal`, as in `{ "unauthorized": "retryable" }`.',
  'reconnect.codes':
    'Moves a code of an exit, or a range of codes, to a class, before `classes`: close codes, HTTP statuses and the codes of platform errors, as in `{ "4004": "fatal", "4100-4199": "retryable" }`. A single code counts before a range; of several ranges the last one counts.',
  'reconnect.pardons':
    'Fatal exits in a row that are retried at an endpoint that was stable before, as one bad answer of a middlebox is no verdict. Stability starts the count over. `bad-config`, `message-too-big`, and a reason or code that the config moved to `fatal`, are not retried.',
  'reconnect.hedge':
    'While the connection is suspect, and its second probe unanswered, a standby is dialled at the next endpoint or address, and takes its place if it proves its transport before the suspect one answers. Without effect for protocols that have no proof short of their handshake.',

  endpoints: 'Which of several URLs is dialled. Without effect for a single one.',
  'endpoints.order': '`shuffled`: in an order drawn once for each connection.',
  'endpoints.returnToFirst':
    'After a stable connection ended: back to the first endpoint, or again to the one that served. After any other exit the next one follows.',

  gate: 'How connections that share an endpoint take turns.',
  'gate.enabled':
    'Whether connections of one supervisor that dial the same scheme, host and port take turns; otherwise each dials after its own backoff.',

  outbox: 'The bounds of the messages that wait to be sent.',
  'outbox.messages': 'Messages waiting at most.',
  'outbox.bytes': 'Bytes waiting at most.',
  'outbox.age': 'The time that a message may wait before it is `expired`. `null`: no limit.',
  'outbox.overflow':
    'When a message finds no room: `reject` refuses it (`never-sent`), `drop-oldest` evicts the oldest ones, `drop-newest` evicts it (`evicted`).',
};
