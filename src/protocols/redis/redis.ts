/** Redis, and servers that speak as it does: Valkey, KeyDB, Dragonfly. */

import { isHoldfastError } from '../../base/errors.ts';
import { objectOf } from '../../base/options.ts';
import type { About, Protocol } from '../../ports/protocol.ts';
import { defaultMaxMessageBytes, isWhole, limitRequirement, requireAll } from '../options.ts';
import { RedisDialogue } from './dialogue.ts';
import { measure } from './encoding.ts';
import type { RedisCommand, RedisInfo, RedisMessage, RedisRequest } from './messages.ts';

/** Options of `redis`. */
export interface RedisOptions {
  /** The version of RESP that is asked for. A server that has no RESP3 is spoken to in RESP2. @default 3 */
  readonly resp?: 2 | 3;
  /** The number of the database. @default the path of a `redis:` or `rediss:` URL, such as `/3`, else 0 */
  readonly database?: number;
  /** The name in `CLIENT LIST`, without spaces. @default none */
  readonly clientName?: string;
  /**
   * Commands of each handshake, in every incarnation, such as `['SUBSCRIBE', 'news']` or `['CLIENT', 'TRACKING', 'ON']`.
   * Their replies are not delivered; an error refuses the handshake. @default none
   */
  readonly setup?: readonly RedisCommand[];
  /**
   * Strings of the server as text of UTF-8, in which U+FFFD stands for what is not UTF-8, or as bytes. Names of channels
   * are text in both. @default 'text'
   */
  readonly bulk?: 'text' | 'bytes';
  /**
   * A command answered with READONLY: `leave` delivers the error, and ends the incarnation as `going-away`, so that the next
   * endpoint is dialled; `report` delivers it. @default 'leave'
   */
  readonly readonly?: 'leave' | 'report';
  /**
   * Limit of one reply, and of one message that is sent, in bytes. In a reply each element of an array counts 16 bytes
   * more, and a map 128. @default 16777216 (16 MiB)
   */
  readonly maxMessageBytes?: number;
}

/** A HELLO with all that servers tell must fit. */
const leastLimit = 4096;

/**
 * The protocol of Redis: RESP3, or RESP2. Supervises a connection and carries commands and replies; no full client: neither
 * are redirects followed nor commands sent again.
 *
 * @remarks
 * User and password are those of the URL, or `credentials: { handshake: { username, password } }`; a text is a password.
 * The handshake is HELLO, SELECT, the commands of `setup`, and a PING: a server that loads its data, or a replica without
 * its master, is `going-away` and dialled again. A wrong password is `unauthorized`; any other error of the handshake, as a
 * database out of range, `bad-config`.
 *
 * Heartbeats are PINGs between the commands, and each reply belongs to the oldest command without one. While a blocking
 * command (BLPOP, XREAD with BLOCK, WAIT, CLIENT PAUSE and others) may take its time, silence is no suspicion; a timeout of
 * 0 means that no silence ever is until the reply.
 *
 * Refused with `bad-message`: HELLO, MONITOR, RESET, SYNC, PSYNC and CLIENT REPLY, after which replies match no commands,
 * and MULTI in a message without its EXEC. Dials only.
 */
export function redis(
  options: RedisOptions & { readonly bulk: 'bytes' },
): Protocol<RedisMessage<Uint8Array>, RedisRequest, Uint8Array, RedisInfo>;
export function redis(
  options?: RedisOptions & { readonly bulk?: 'text' },
): Protocol<RedisMessage, RedisRequest, Uint8Array, RedisInfo>;
export function redis(options: RedisOptions = {}): Protocol<never, RedisRequest, Uint8Array, RedisInfo> {
  const {
    resp = 3,
    database,
    clientName,
    setup = [],
    bulk = 'text',
    readonly = 'leave',
  } = objectOf('redis', options);
  const { maxMessageBytes = defaultMaxMessageBytes } = options;
  requireAll('redis', options, [
    ['resp', resp, resp === 2 || resp === 3, '2 or 3'],
    ['database', database, database === undefined || isWhole(database, 0, 1e9), 'a whole number from 0'],
    ['clientName', clientName, isName(clientName), 'text of printable ASCII without spaces'],
    [
      'setup',
      namesIn(setup),
      areCommands(setup),
      'a list of commands, each an array of its name and arguments',
    ],
    ['bulk', bulk, bulk === 'text' || bulk === 'bytes', '"text" or "bytes"'],
    ['readonly', readonly, readonly === 'leave' || readonly === 'report', '"leave" or "report"'],
    limitRequirement(maxMessageBytes, { least: leastLimit }),
  ]);
  const settings = {
    ...{ resp, database, clientName, setup, maxMessageBytes },
    bytes: bulk === 'bytes',
    leavesReadonly: readonly === 'leave',
  };
  return {
    name: 'redis',
    identity: `redis ${JSON.stringify(settings, (_, value) => (typeof value === 'bigint' ? `${value}n` : value))}`,
    modes: { dial: 'probe', accept: null },
    schemes: { redis: { over: 'tcp', port: 6379 }, rediss: { over: 'tls', port: 6379 } },
    open: (about: About) => new RedisDialogue(about, settings),
    measure: (request) => measure(request, maxMessageBytes),
  };
}

function isName(name: string | undefined): boolean {
  return name === undefined || /^[!-~]+$/.test(name);
}

/** The names of commands: their arguments may be secrets. */
function namesIn(setup: unknown): unknown {
  return Array.isArray(setup)
    ? setup.map((command) => (Array.isArray(command) ? command[0] : command))
    : setup;
}

function areCommands(setup: unknown): boolean {
  return Array.isArray(setup) && setup.every((command) => isCommand(command));
}

function isCommand(command: RedisCommand): boolean {
  try {
    return !Array.isArray(command[0]) && measure(command, Infinity) > 0;
  } catch (error) {
    if (isHoldfastError(error)) return false;
    throw error;
  }
}
