/**
 * The shape of a policy document, said once: what `parsePolicy` checks, and what the JSON Schema for
 * editors is generated from. The text of each rule is what a user reads when it is broken.
 */
import * as v from 'valibot';
import { type ExitReason, reasonClasses } from '../policy/exits.ts';
import { LONGEST, parseDuration } from './duration.ts';
import { profiles } from './policy.ts';

const OFF = ', or null for off';
/** Durations as text. */
const ANY = /^\d+(\.\d+)?(ms|s|m|h)$/;
/** The same, without those that are plainly less than a millisecond. */
const SOME = /^(?!0+(\.\d+)?ms$|0+(\.0+)?(s|m|h)$)\d+(\.\d+)?(ms|s|m|h)$/;

type Rule = v.GenericSchema<unknown>;

function time(least: 0 | 1, off = ''): Rule {
  const bound = least === 0 ? '' : ' of at least 1ms,';
  const expected = `a duration${bound} such as "250ms", "10s" or 2000 (ms)${off}`;
  const text = v.pipe(
    v.string(expected),
    v.regex(least === 0 ? ANY : SOME, expected),
    v.check((written) => (parseDuration(written) ?? -1) >= least, expected),
  );
  const number = v.pipe(v.number(expected), v.minValue(least, expected), v.maxValue(LONGEST, expected));
  return v.union([number, text], expected);
}

function count(least: 0 | 1, off = ''): Rule {
  const expected = `a whole number, ${least} or more${off}`;
  return v.pipe(v.number(expected), v.safeInteger(expected), v.minValue(least, expected));
}

function oneOf(...words: string[]): Rule {
  return v.picklist(words, `one of ${words.map((word) => `"${word}"`).join(', ')}`);
}

function option(rule: Rule, description: string) {
  return v.exactOptional(v.pipe(rule, v.metadata({ description })));
}

function group<const E extends v.ObjectEntries>(description: string, entries: E) {
  return v.exactOptional(v.pipe(v.strictObject(entries), v.metadata({ description })));
}

const duration = time(0);
const span = time(1);
const spanOrNull = v.nullable(time(1, OFF));
const flag = v.boolean('true or false');
const atLeastOne = 'a number, 1 or more';
const factor = v.pipe(
  v.number(atLeastOne),
  v.minValue(1, atLeastOne),
  v.maxValue(Number.MAX_VALUE, atLeastOne),
);
const delays = v.pipe(
  v.array(span, 'a list of durations'),
  v.minLength(1, 'a list of at least one duration'),
);

const base = option(span, 'The first delay, before jitter.');
const cap = option(span, 'No delay is longer; at least `base`.');
const jitter = option(
  oneOf('full', 'equal', 'none'),
  'Applied after the cap. `full`: U(0, d). `equal`: U(d/2, d). `none`: d.',
);
const type = (name: string) => v.literal(name, `"${name}"`);

/** One for each type; without a type, the one below stays, and that is exponential unless it was changed. */
const backoff = v.variant('type', [
  v.strictObject({
    type: v.exactOptional(type('exponential')),
    base,
    factor: option(factor, 'By how much each delay is longer than the one before.'),
    cap,
    jitter,
  }),
  v.strictObject({ type: type('decorrelated'), base, cap }),
  v.strictObject({ type: type('fixed'), delay: option(span, 'Every delay, before jitter.'), jitter }),
  v.strictObject({
    type: type('table'),
    delays: option(delays, 'One delay after the other, before jitter; the last one from then on.'),
    jitter,
  }),
]);

const exitClass = oneOf('normal', 'retryable', 'fatal');
const classes = Object.fromEntries(
  (Object.keys(reasonClasses) as ExitReason[]).map((reason) => [
    reason,
    option(exitClass, `Without it: ${reasonClasses[reason]}.`),
  ]),
);

const heartbeat = group('How a dead peer is noticed.', {
  mode: option(
    oneOf('auto', 'probe', 'listen', 'announce'),
    '`probe`: ask and be answered. `listen`: the peer announces itself. `announce`: we do, and nobody answers. `auto`: as the protocol does it on our side.',
  ),
  reply: option(flag, 'Whether pings are answered.'),
  interval: option(spanOrNull, 'A heartbeat is due after interval * U(0.9, 1) of silence.'),
  suspectAfter: group('Bounds of SRTT + max(4 * RTTVAR, 1 ms), the wait from a probe to the suspicion.', {
    min: option(span, 'Suspicion not sooner than this after a probe.'),
    max: option(span, 'Nor later than this; at least `min`.'),
  }),
  probes: option(count(0), 'Further probes after the first unanswered one.'),
  condemnAfter: option(
    duration,
    'From the first unanswered probe to the verdict; 0: condemned as soon as suspected.',
  ),
});

const deadlines = group('How long each state may last.', {
  connect: option(span, 'From dialling to an open socket.'),
  handshake: option(span, "From an open socket to the protocol's hello or first proof."),
  write: option(spanOrNull, 'Without any progress of our writes, before suspicion.'),
  close: option(span, 'For the goodbye, before the socket is destroyed.'),
  provider: option(span, 'For the functions that provide URL, headers, protocols and credentials, together.'),
  idle: option(spanOrNull, 'Without business data in either direction; heartbeats do not count.'),
  maxAge: option(spanOrNull, 'Lifetime of a healthy connection.'),
});

const reconnect = group('What follows the end of a connection.', {
  restart: option(
    oneOf('permanent', 'transient', 'temporary'),
    '`permanent`: always comes back. `transient`: not after a normal exit. `temporary`: never.',
  ),
  backoff: v.exactOptional(
    v.pipe(backoff, v.metadata({ description: 'How long to wait before an attempt.' })),
  ),
  maxAttempts: option(v.nullable(count(0, OFF)), 'Attempts in a row before giving up.'),
  maxElapsed: option(
    spanOrNull,
    'Gives up rather than begin an attempt later than this after the first exit.',
  ),
  stableAfter: option(
    duration,
    'A connection that was alive and proved for this long starts over at the first attempt.',
  ),
  maxHint: option(
    duration,
    'The longest wait a peer can ask for, before the upward jitter of up to a tenth.',
  ),
  crashes: group('More than `max` exits as `crashed` within `within`: gives up.', {
    max: option(count(0), 'Crashes that are forgiven.'),
    within: option(span, 'For how long each of them counts.'),
  }),
  classes: group('Moves exit reasons to another class.', classes),
});

export const policySchema = v.pipe(
  v.strictObject({
    $schema: v.exactOptional(v.string('the address of a JSON Schema')),
    profile: option(oneOf(...Object.keys(profiles)), 'What to start from; `wan` is the defaults.'),
    heartbeat,
    deadlines,
    reconnect,
    endpoints: group('Which of several URLs is dialled.', {
      order: option(oneOf('listed', 'shuffled'), '`shuffled`: in an order drawn once for each connection.'),
      returnToFirst: option(
        flag,
        'After a stable connection ended: back to the first endpoint, or again to the one that served.',
      ),
    }),
    gate: group('How connections that share an endpoint take turns.', {
      enabled: option(flag, 'Whether they do; else each dials when its own backoff says so.'),
    }),
    outbox: group('What may wait to be sent.', {
      messages: option(count(1), 'Messages waiting at most.'),
      bytes: option(count(1), 'Bytes waiting at most.'),
      age: option(spanOrNull, 'How long a message may wait before it is `expired`.'),
      overflow: option(
        oneOf('reject', 'drop-oldest', 'drop-newest'),
        'What a full outbox does: refuse the new message, or evict old ones, or the new one.',
      ),
    }),
  }),
  v.metadata({
    title: 'holdfast policy',
    description: 'How a connection is kept. Every key is optional; null means off.',
  }),
);
