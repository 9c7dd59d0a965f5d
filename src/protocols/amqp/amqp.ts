/** AMQP 0-9-1, as far as a connection is supervised. */
import { objectOf } from '../../base/options.ts';
import type { Protocol } from '../../ports/protocol.ts';
import { isSetup, requireDial } from '../clients.ts';
import { isWhole, limitRequirement, requireAll } from '../options.ts';
import { utf8Length } from '../utf8.ts';
import { AmqpDialogue } from './dialogue.ts';
import { leastFrameBytes, lengthOf } from './frames.ts';
import { checkedFrames } from './outgoing.ts';
import type { AmqpIn, AmqpOut, AmqpSession } from './types.ts';

/** Options of `amqp`. */
export interface AmqpOptions {
  /** A name for the connection (`connection_name`), as the broker's tools show it. */
  readonly name?: string;
  /** Seconds between heartbeats that this side asks for; 0 for none. Default: `heartbeat.interval`, at least 1 s. */
  readonly heartbeat?: number;
  /** Frames of each handshake, such as the opening of a channel and its consumers; their answers are messages. @default [] */
  readonly setup?: readonly AmqpOut[];
  /** Limit of one frame in bytes, its header and end included; the server may ask for less. @default 131072 */
  readonly maxFrameBytes?: number;
}

const schemes = {
  amqp: { over: 'tcp', port: 5672 },
  amqps: { over: 'tls', port: 5671 },
} as const;

/** Leaves room for credentials in the smallest frame. */
const longestName = 1024;

/**
 * AMQP 0-9-1: the class Connection is the protocol's own, and the frames of all channels are messages. No client: channels,
 * consumers and publications are methods that a program encodes, or a library on top; only `setup` is
 * sent again after a reconnect. To supervise a whole client such as amqplib, adopt it.
 *
 * @remarks
 * Credentials: `handshake: { username, password }`, or a text for a password without a name, such as a token; user and
 * password of the URL are the same. Default `guest`, `guest`. The virtual host is the path of the URL, `/` without one.
 * `connection.agreed` is an `AmqpSession`.
 *
 * Heartbeats come at the shorter of the times that both sides ask for, in whole seconds. This side sends at half of it, as
 * RabbitMQ does; the server is suspected after one and a half, and dead after two at the earliest.
 *
 * A frame for a channel that was not opened in this incarnation is a bad message, `never-sent`.
 *
 * Exits by Connection.Close, which is answered: 320 and server errors are `going-away`, 403 is `unauthorized`, 530
 * `unauthorized`, `going-away` for a limit, and else `bad-config`, errors of frames are `protocol-error`. An end of stream
 * without it is `cut-off`. A graceful end begins with Close 200.
 */
export function amqp(options: AmqpOptions = {}): Protocol<AmqpIn, AmqpOut, Uint8Array, AmqpSession> {
  const { name, heartbeat, setup = [], maxFrameBytes = 131_072 } = objectOf('amqp', options);
  const measure = (message: AmqpOut) => lengthOf(checkedFrames(message, maxFrameBytes));
  requireAll('amqp', options, [
    ['name', name, name === undefined || isName(name), `text of at most ${longestName} bytes`],
    [
      'heartbeat',
      heartbeat,
      heartbeat === undefined || isWhole(heartbeat, 0, 0xffff),
      'whole seconds from 0 to 65535',
    ],
    ['setup', setup, isSetup(setup, measure), 'a list of frames of channels'],
    limitRequirement(maxFrameBytes, { field: 'maxFrameBytes', least: leastFrameBytes }),
  ]);
  return {
    name: 'amqp',
    identity: JSON.stringify(['amqp', name, heartbeat, setup, maxFrameBytes]),
    modes: { dial: 'exchange', accept: null },
    schemes,
    open(about) {
      requireDial('amqp', about);
      return new AmqpDialogue({ name, heartbeat, setup, maxFrameBytes }, about);
    },
    measure,
  };
}

function isName(name: unknown): boolean {
  return typeof name === 'string' && utf8Length(name) <= longestName;
}
