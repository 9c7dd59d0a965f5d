/** `session` of the dialling side: browsers, and Node as a client. */
import type { SupervisedConnection } from '../actors/supervisor/connection.ts';
import { badConfig } from '../base/errors.ts';
import type { About, Dialogue, Protocol } from '../ports/protocol.ts';
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
  return protocolOf(
    settings,
    (about, connection) => opened(settings, about, connection),
    (base) => sessionConnections(base as typeof SupervisedConnection) as typeof base,
  );
}

/** A literal of all members: spread parts would give each protocol a shape of its own, of 600 bytes. */
export function protocolOf(
  settings: DialSettings,
  open: SessionProtocol['open'],
  connection: NonNullable<SessionProtocol['connection']>,
): SessionProtocol {
  const { framing, window, onFailure, onLost } = settings;
  const { beneath } = framing;
  const made: SessionProtocol = {
    name: 'session',
    // Joined, it is one text; a template would keep its parts.
    identity: ['session', beneath.identity, window.messages, window.bytes, onFailure, onLost].join(' '),
    carrier: beneath.carrier ?? 'bytes',
    modes: beneath.modes,
    standby: beneath.standby,
    open,
    encode: (message) => framing.encode(message),
    connection,
  };
  settingsBy.set(made, settings);
  return made;
}

// biome-ignore lint/suspicious/noExplicitAny: as above
export function opened({ framing }: DialSettings, about: About, connection: unknown): Dialogue<any, any> {
  if (about.side === 'accept') throw badConfig('session', about.side, 'a dialled connection');
  const { sessions } = (connection ?? {}) as Partial<DialledSessionConnection>;
  if (sessions === undefined)
    throw badConfig('session', about.side, 'a connection of a supervisor: a session outlives its sockets');
  return new DialDialogue(framing, about, sessions);
}
