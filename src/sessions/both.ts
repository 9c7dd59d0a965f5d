/** `session` for both sides: the same value dials and listens. */
import type { SupervisedConnection } from '../actors/supervisor/connection.ts';
import type { SupervisorPort } from '../actors/supervisor/port.ts';
import { badConfig } from '../base/errors.ts';
import type { About, Dialogue } from '../ports/protocol.ts';
import type { Side } from '../ports/transport.ts';
import { AcceptDialogue } from './accept-dialogue.ts';
import { type AcceptSessionOptions, type AcceptSettings, acceptSettings } from './accept-options.ts';
import {
  type AcceptedConnection,
  acceptedBy,
  acceptedSessions,
  carrierConnections,
} from './carrier-connection.ts';
import { opened, protocolOf, type SessionProtocol } from './dial.ts';
import { isPrivate } from './request.ts';
import { sessionConnections } from './session-connection.ts';

/**
 * A session over `framed`, `websocket` or `websocketText`: its messages are handled exactly once and in order by the other side, over
 * lost sockets, and on the accepting side over lost processes, where these share a store. The same value dials and listens; each side reads its
 * options. Throws `ConfigError`.
 */
export function session(protocol: object, options: AcceptSessionOptions = {}): SessionProtocol {
  const settings = acceptSettings(protocol, options);
  const made = protocolOf(settings, {
    open: (about, connection) =>
      about.side === 'dial' ? opened(settings, about, connection) : accepted(settings, about, connection),
    encode: (message) => settings.framing.encode(message),
    connection: connections,
    mayListen:
      settings.onSession === undefined
        ? noOnSession
        : (supervisor) => acceptedSessions(settings, supervisor as SupervisorPort).check(),
  });
  acceptedBy.set(made, settings);
  return made;
}

function noOnSession(): Promise<never> {
  return Promise.reject(onSessionMissing());
}

function onSessionMissing() {
  return badConfig('session.onSession', undefined, 'a function, where sessions are accepted');
}

function connections<Base>(base: Base, side: Side): Base {
  const over = side === 'dial' ? sessionConnections : carrierConnections;
  return over(base as typeof SupervisedConnection) as Base;
}

// biome-ignore lint/suspicious/noExplicitAny: the chunks of any carrier
function accepted(settings: AcceptSettings, about: About, connection: unknown): Dialogue<any, any> {
  const carrier = connection as Partial<AcceptedConnection> | undefined;
  if (carrier?.accepting === undefined)
    throw badConfig('session', about.side, 'a connection of a supervisor: a session outlives its sockets');
  if (settings.onSession === undefined) throw onSessionMissing();
  if (carrier.onMessage !== undefined)
    throw badConfig(
      'onMessage',
      'given',
      'nothing beside a session: `onSession` gets what receives messages',
    );
  const { identify, plaintext } = settings;
  if (identify === undefined && !plaintext && !isPrivate(about.url.protocol, carrier.peer))
    throw badConfig(
      'session.identify',
      undefined,
      'a function, TLS, a peer on this machine or `plaintext: true`: the id of a session is a secret',
    );
  const dialogue = new AcceptDialogue(about, carrier as AcceptedConnection);
  carrier.dialogue = dialogue;
  return dialogue;
}
