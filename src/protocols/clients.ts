/** The parts of protocols that speak as clients of a server: they dial, and log in with a name and a password. */
import { badConfig } from '../base/errors.ts';
import {
  type About,
  type Credentials,
  type HandshakeIo,
  Refused,
  type Violation,
} from '../ports/protocol.ts';

export interface Login {
  readonly username: string;
  readonly password: string;
}

/** An end of stream that is the only goodbye of such servers. */
export const endOfStream: Violation = { reason: 'going-away', detail: 'the server ended the stream' };

/** Throws for the accepting side: the protocol has the part of the client alone. */
export function requireDial(protocol: string, { side }: About): void {
  if (side !== 'dial') throw badConfig('protocol', protocol, 'a protocol that accepts, such as framed()');
}

export function refused(reason: Violation['reason'], detail: string, code?: string | number): Refused {
  return new Refused({ reason, detail, ...(code === undefined ? {} : { code }) });
}

/** The part of `credentials` that the handshake may use: the field `handshake`, or a text. */
export function secretOf(credentials: Credentials | undefined): unknown {
  return typeof credentials === 'object' ? credentials.handshake : credentials;
}

/** A text is a password, such as a token, without a name; either part of a `Login` may be left out. Anything else is `bad-config`. */
export function loginOf(credentials: Credentials | undefined): Login | undefined {
  const secret = secretOf(credentials);
  if (secret === undefined) return undefined;
  if (typeof secret === 'string') return { username: '', password: secret };
  const { username, password } = Object(secret);
  const [name = '', word = ''] = [username, password];
  const isLogin =
    typeof name === 'string' && typeof word === 'string' && (username ?? password) !== undefined;
  if (isLogin) return { username: name, password: word };
  throw refused('bad-config', 'credentials.handshake: expected a text, or { username, password } of texts');
}

/** The virtual host that the path of a URL names; none is `/`, as brokers call their default one. */
export function virtualHostOf({ pathname }: URL): string {
  try {
    return decodeURIComponent(pathname.slice(1)) || '/';
  } catch {
    throw refused('bad-config', 'url: expected a path with complete percent-encodings');
  }
}

/** Whether `setup` is a list of messages that the protocol can carry: `measure` throws for none of them. */
export function isSetup<Out>(setup: readonly Out[], measure: (message: Out) => number): boolean {
  try {
    return Array.isArray(setup) && setup.every((message) => measure(message) >= 0);
  } catch {
    return false;
  }
}

/** Sends the messages of each handshake. Rejects as `bad-config` when this server does not take one. */
export function sendSetup<Out>(
  io: HandshakeIo,
  setup: readonly Out[],
  encode: (message: Out) => Uint8Array,
): void {
  try {
    for (const message of setup) io.write(encode(message));
  } catch (error) {
    throw refused('bad-config', `setup: ${error instanceof Error ? error.message : ''}`);
  }
}
