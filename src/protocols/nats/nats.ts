/** The client protocol of NATS: INFO, CONNECT, and PING both ways. */

import { objectOf } from '../../base/options.ts';
import { ascii, encoder } from '../../base/text-coding.ts';
import type {
  About,
  Agreement,
  Credentials,
  Dialogue,
  HandshakeIo,
  Protocol,
  Violation,
} from '../../ports/protocol.ts';
import { endOfStream, isSetup, refused, requireDial, secretOf, sendSetup } from '../clients.ts';
import { isSharedHeartbeat, pongFrame } from '../heartbeats.ts';
import { defaultMaxMessageBytes, limitRequirement, requireAll } from '../options.ts';
import { badMessage } from '../refusals.ts';
import { NatsDecoder } from './decoder.ts';
import { bytesFor, layoutOf } from './encode.ts';
import type { NatsIn, NatsInfo, NatsOut, NatsUpdate } from './types.ts';

/** Options of `nats`. */
export interface NatsOptions {
  /** A name for the connection, as the server's monitoring shows it. */
  readonly name?: string;
  /** Whether subscriptions of this connection get what it publishes itself. @default true */
  readonly echo?: boolean;
  /** Messages of each handshake, such as subscriptions, which thus outlive a reconnect. @default [] */
  readonly setup?: readonly NatsOut[];
  /** Limit of one message in bytes, headers included, beside the server's `max_payload`. @default 16777216 (16 MiB) */
  readonly maxMessageBytes?: number;
}

const pingBytes = /* @__PURE__ */ ascii('PING\r\n');
const pongBytes = /* @__PURE__ */ ascii('PONG\r\n');

/** `nats:` is plain TCP at port 4222. TLS from the first byte on is `tls:`, with a port. */
const schemes = { nats: { over: 'tcp', port: 4222 } } as const;

/**
 * NATS, as far as a connection is supervised: PUB, SUB and UNSUB out, messages and errors in, probes by PING. No
 * replacement for a client: only subscriptions of `setup` are renewed, requests are not matched, JetStream is not known.
 *
 * @remarks
 * Credentials: `handshake: { username, password }`, or a text or `{ token }` for a token; user and password of the URL
 * are the same. `connection.agreed` is the server's INFO.
 *
 * A message over `max_payload`, or with headers for a server without them, is refused as `bad-message`.
 *
 * Exits by `-ERR`: `unauthorized` for rejected, expired and revoked credentials; `handshake-timeout` for a CONNECT that came
 * too late; `going-away` for stale connections, slow consumers and limits of connections; other errors are messages. INFO
 * with `ldm`, and an end of stream, which is the server's only goodbye, are `going-away`. A server that asks for TLS after
 * its INFO (`tls_required`) is `bad-config`: TLS goes first here, which nats-server does with `handshake_first`.
 */
export function nats(options: NatsOptions = {}): Protocol<NatsIn, NatsOut, Uint8Array, NatsInfo> {
  const {
    name,
    echo = true,
    setup = [],
    maxMessageBytes = defaultMaxMessageBytes,
  } = objectOf('nats', options);
  const measure = (message: NatsOut) => layoutOf(message, maxMessageBytes).size;
  requireAll('nats', options, [
    ['name', name, name === undefined || typeof name === 'string', 'text'],
    ['echo', echo, typeof echo === 'boolean', 'true or false'],
    ['setup', setup, isSetup(setup, measure), 'a list of messages that NATS carries'],
    limitRequirement(maxMessageBytes),
  ]);
  return {
    name: 'nats',
    identity: JSON.stringify(['nats', name, echo, setup, maxMessageBytes]),
    modes: { dial: 'probe', accept: null },
    schemes,
    open(about) {
      requireDial('nats', about);
      return new NatsDialogue({ name, echo }, setup, maxMessageBytes);
    },
    measure,
  };
}

class NatsDialogue implements Dialogue<NatsOut> {
  readonly decoder: NatsDecoder;
  readonly isHeartbeat = isSharedHeartbeat;
  readonly #options: object;
  readonly #setup: readonly NatsOut[];
  readonly #limit: number;
  /** The server's description of itself, with the latest value of each field. */
  #info: NatsInfo = {};

  constructor(options: object, setup: readonly NatsOut[], limit: number) {
    this.#options = options;
    this.#setup = setup;
    this.#limit = limit;
    this.decoder = new NatsDecoder(limit, (info) => {
      this.#info = { ...this.#info, ...info };
    });
  }

  encode(message: NatsOut): Uint8Array {
    const layout = layoutOf(message, this.#limit);
    const { max_payload = this.#limit, headers } = this.#info;
    if (layout.payloadBytes > max_payload)
      throw badMessage(
        'nats',
        `its ${layout.payloadBytes} bytes exceed max_payload of the server (${max_payload})`,
      );
    if (layout.hasHeaders && headers !== true)
      throw badMessage('nats', 'the server does not support headers');
    return bytesFor(layout);
  }

  ping(): Uint8Array {
    return pingBytes;
  }

  pong(): Uint8Array {
    return pongBytes;
  }

  async handshake(io: HandshakeIo): Promise<Agreement> {
    const first = (await io.receive()) as Partial<NatsUpdate>;
    if (first.op !== 'info') throw refused('protocol-error', 'the server began without INFO');
    if (this.#info.tls_required === true && !isEncrypted(io))
      throw refused(
        'bad-config',
        'the server wants TLS after its INFO (tls_required); set handshake_first in its tls block, and dial tls:',
      );
    io.write(encoder().encode(`CONNECT ${JSON.stringify(this.#introduction(io.credentials))}\r\nPING\r\n`));
    await ponged(io);
    sendSetup(io, this.#setup, (message) => this.encode(message));
    return { info: this.#info };
  }

  ended(): Violation {
    return endOfStream;
  }

  #introduction(credentials: Credentials | undefined): object {
    const headers = this.#info.headers === true;
    const told = { verbose: false, pedantic: false, lang: 'holdfast', version: '1', protocol: 1 };
    return {
      ...told,
      headers,
      no_responders: headers,
      ...this.#options,
      ...loginFields(secretOf(credentials)),
    };
  }
}

/** Waits for the PONG, past PINGs, later INFOs and errors after which the server goes on. */
async function ponged(io: HandshakeIo): Promise<void> {
  let frame = await io.receive();
  while (frame !== pongFrame) {
    if ((frame as Partial<NatsIn>).op === 'msg')
      throw refused('protocol-error', 'a message before any subscription');
    frame = await io.receive();
  }
}

function isEncrypted({ url }: About): boolean {
  return url.protocol === 'tls:';
}

/** A name without a password is a token, as in URLs of NATS. */
function loginFields(secret: unknown): object {
  if (secret === undefined) return {};
  const { username: user, password: pass, token = pass ? undefined : user } = Object(secret);
  const auth_token = typeof secret === 'string' ? secret : token;
  if (typeof auth_token === 'string') return { auth_token };
  if (typeof user === 'string' && typeof pass === 'string') return { user, pass };
  throw refused(
    'bad-config',
    'credentials.handshake: expected a text, { token }, or { username, password } of texts',
  );
}
