/** `session` of the dialling side: browsers, and Node as a client. */
import type { SupervisedConnection } from '../actors/supervisor/connection.ts';
import { badConfig } from '../base/errors.ts';
import type { About, Dialogue, Protocol } from '../ports/protocol.ts';
import type { Side } from '../ports/transport.ts';
import { DialDialogue } from './dial-dialogue.ts';
import type { WithSession } from './info.ts';
import { type DialSessionOptions, type DialSettings, dialSettings } from './options.ts';
import { type DialledSessionConnection, sessionConnections, settingsBy } from './session-connection.ts';

/** A message of a session: text stays text, bytes stay bytes. */
export type SessionMessage = string | Uint8Array;

/** A protocol whose connections have a session. */
// biome-ignore lint/suspicious/noExplicitAny: the chunks of any carrier
export type SessionProtocol = Protocol<SessionMessage, SessionMessage, any, unknown, WithSession>;

/**
 * A session over `framed`, `websocket` or `websocketText`: its messages are handled exactly once and in order by the other side, over
 * lost sockets. This is the dialling side alone. Throws `ConfigError`.
 */
export function session(protocol: object, options: DialSessionOptions = {}): SessionProtocol {
  return dialled(dialSettings(protocol, options));
}

/** The protocol of a dialling side. */
function dialled(settings: DialSettings): SessionProtocol {
  return protocolOf(settings, {
    open: (about, connection) => opened(settings, about, connection),
    encode: (message) => settings.framing.encode(message),
    connection: dialledConnections,
    mayListen: () => Promise.reject(notDialled('accept')),
  });
}

function dialledConnections<Base>(base: Base): Base {
  return sessionConnections(base as typeof SupervisedConnection) as Base;
}

/** The members of a protocol that differ by side. */
type Sided = Required<Pick<SessionProtocol, 'open' | 'encode' | 'connection' | 'mayListen'>>;

/**
 * Many applications make a protocol for each connection. A literal of all members: spread parts, or one that is set later, would give each a shape of
 * its own, of 600 bytes.
 */
export function protocolOf(
  settings: DialSettings,
  { open, encode, connection, mayListen }: Sided,
): SessionProtocol {
  const { beneath } = settings.framing;
  const made: SessionProtocol = {
    name: 'session',
    identity: identityOf(settings),
    carrier: beneath.carrier ?? 'bytes',
    modes: beneath.modes,
    standby: beneath.standby,
    open,
    encode,
    connection,
    mayListen,
  };
  settingsBy.set(made, settings);
  return made;
}

let last = '';

/** Joined, it is one text; a template would keep its parts. Most are the same, and share it. */
function identityOf({ framing, window, onFailure, onLost }: DialSettings): string {
  const { identity } = framing.beneath;
  const text = ['session', identity, window.messages, window.bytes, onFailure, onLost].join(' ');
  if (text !== last) last = text;
  return last;
}

// biome-ignore lint/suspicious/noExplicitAny: as above
export function opened({ framing }: DialSettings, about: About, connection: unknown): Dialogue<any, any> {
  if (about.side === 'accept') throw notDialled(about.side);
  const { sessions } = (connection ?? {}) as Partial<DialledSessionConnection>;
  if (sessions === undefined)
    throw badConfig('session', about.side, 'a connection of a supervisor: a session outlives its sockets');
  return new DialDialogue(framing, about, sessions);
}

function notDialled(side: Side) {
  return badConfig('session', side, 'a dialled connection');
}
