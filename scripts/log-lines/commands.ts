/** The lines that commands add to those of their supervisor. */
import type { FaultSummary } from '../../src/cli/demo/measures.ts';
import type { SessionAccount } from '../../src/cli/demo/session-traffic.ts';
import type { Failure } from '../../src/cli/exec/command.ts';
import type { Relayed } from '../../src/cli/proxy/relay.ts';
import type { Excerpt } from '../../src/cli/verbose/excerpt.ts';
import type { Entry, RttQuantiles } from '../../src/cli/watch/account.ts';
import type { Changes } from '../../src/cli/watch/fleet.ts';
import {
  count,
  detail,
  type Field,
  type FieldsOf,
  flag,
  milliseconds,
  objectSchema,
  optional,
  string,
  strings,
  url,
  word,
} from './field.ts';
import type { Lines } from './line.ts';

const [info, warn] = [[30], [40]];
const file = string('The path.');
const refused = { file, problems: strings('A sentence for each.') };
const command = string('The program.');

const excerpts = { text: true, bytes: true, value: true } satisfies Record<Excerpt['kind'], true>;
const message: FieldsOf<Excerpt> = {
  kind: word(excerpts, 'Of the message: a text, bytes that are none, or an object of the protocol.'),
  size: optional(count('Bytes; of a text in UTF-8.')),
  text: string('Its beginning, with control characters escaped.'),
  cut: optional(flag('It has more than that.')),
};

const failure: FieldsOf<Failure> = {
  why: string('Exit code, signal, or why it could not be started.'),
  stderr: optional(string('The end of what it wrote there.')),
};

const changes: FieldsOf<Changes> = {
  added: count('Targets.'),
  removed: count('Targets.'),
  replaced: count('Dialled anew.'),
  configured: count('Kept, with another policy.'),
};

const counts: Field = {
  schema: { type: 'object', additionalProperties: { type: 'integer' } },
  text: 'Counts by reason, without those of this side.',
};
const quantiles: FieldsOf<RttQuantiles> = {
  p50: milliseconds('Half of them took no longer.'),
  p95: milliseconds('Nor did 95 of 100.'),
  p99: milliseconds('Nor did 99 of 100.'),
  max: milliseconds('The longest.'),
};
const entry: FieldsOf<Entry> = {
  upMs: milliseconds('Alive or suspect.'),
  totalMs: milliseconds('Since it was first dialled.'),
  outages: count('That were not asked for.'),
  longestMs: milliseconds('The longest of them.'),
  down: flag('The last one goes on.'),
  exits: counts,
  rttMs: optional({ schema: objectSchema(quantiles), text: 'Round trips, within 6%.' }),
};

const outcomes = { ended: true, 'client-lost': true, 'upstream-lost': true, refused: true } satisfies Record<
  Relayed['outcome'],
  true
>;
const relayed: FieldsOf<Relayed> = {
  outcome: word(outcomes, 'How it ended.'),
  detail,
  up: count('Bytes from the client; of texts UTF-16 units.'),
  down: count('Bytes to the client.'),
};

const fault: FieldsOf<FaultSummary> = {
  fault: string('Its kind.'),
  played: count('Times.'),
  hits: count('Connections.'),
  survived: count('Those that were alive again.'),
  suspectedMs: optional(milliseconds('The median.')),
  closedMs: optional(milliseconds('The median.')),
  aliveMs: optional(milliseconds('The median.')),
};
const account: FieldsOf<SessionAccount> = {
  restarts: count('Of the server.'),
  resumed: count('Times.'),
  sent: count('Messages.'),
  handled: count('Messages, once at least.'),
  repeated: count('Messages.'),
  lost: count('Messages.'),
  replayed: count('Messages that left again.'),
};

export const commandLines: Lines = {
  inspector: {
    levels: info,
    fields: {
      url: string('Of the page, with its token.'),
      reportUrl: optional(string('Where others report to, with its token; of `holdfast inspect`.')),
    },
    text: 'The inspector serves its page.',
  },
  metrics: { levels: info, fields: { url }, text: '`--metrics` serves its metrics.' },
  message: {
    levels: info,
    of: 'incarnation',
    fields: { url, ...message },
    text: '`-v`: the peer has sent something.',
  },
  'messages-omitted': {
    levels: info,
    fields: { messages: count('That were not shown.'), connections: count('That they came from.') },
    text: '`-v`: a second had no room for more messages.',
  },
  'exec-failed': {
    levels: warn,
    of: 'connection',
    fields: { command, change: string('The state, `gave-up` or `left`.'), ...failure },
    text: 'A run of `--exec` failed.',
  },
  'exec-dropped': {
    levels: warn,
    fields: {
      command,
      changes: count('It was not run for.'),
      connections: strings('At most ten.'),
      more: count('Connections beyond those.'),
    },
    text: '`--exec`: too many changes waited.',
  },
  'config-applied': { levels: info, fields: { file }, text: 'SIGHUP: the policy was read again.' },
  'config-refused': { levels: warn, fields: refused, text: 'SIGHUP: the policy has mistakes.' },
  'targets-applied': {
    levels: info,
    fields: { file, ...changes },
    text: 'SIGHUP: the targets were read again.',
  },
  'targets-refused': { levels: warn, fields: refused, text: 'SIGHUP: the targets have mistakes.' },
  'certificate-applied': { levels: info, fields: { file }, text: 'SIGHUP: the certificate was read again.' },
  'certificate-refused': { levels: warn, fields: refused, text: 'SIGHUP: the certificate does not fit.' },
  recorded: {
    levels: info,
    fields: { file, connections: count('In it.'), moves: count('In it.'), bytes: count('Of the file.') },
    text: '`holdfast record` has written its file.',
  },
  'record-failed': { levels: warn, fields: { file, error: string('Why.') }, text: 'It could not.' },
  relayed: {
    levels: [20, 30],
    fields: { client: string('Its id.'), upstream: string('Its id.'), ...relayed },
    text: '`holdfast proxy`: a client is over. At `debug` for one that came and went without a byte.',
  },
  'not-relayed': {
    levels: warn,
    fields: { client: string('Its id.'), why: string('A sentence.') },
    text: '`holdfast proxy`: a client got no upstream.',
  },
  summary: {
    levels: info,
    of: 'connection',
    fields: entry,
    text: '`--targets`: the account of a connection, at the end.',
  },
  fault: {
    levels: info,
    fields: { fault: string('Its kind.'), connections: strings('The ids of its victims.') },
    text: '`holdfast demo`: a fault begins.',
  },
};

/** `summary` of the demo has other fields than that of `watch`. */
export const demoSummary: Lines = {
  summary: {
    levels: info,
    fields: {
      faults: { schema: { type: 'array', items: objectSchema(fault) }, text: 'By their kind.' },
      session: { schema: objectSchema(account), text: 'The messages of its session.' },
      alive: count('Connections, at the end.'),
      connections: count('All of them.'),
    },
    text: '`holdfast demo`: its account, at the end.',
  },
};
