/** Which connection an id means, the signal that closes it, and calls that a connection refuses. */
import { onAbort } from '../../base/abortable.ts';
import { ConnectionClosedError, DeliveryError, HoldfastError } from '../../base/errors.ts';
import type { Plan } from '../../endpoints/plan.ts';
import type { ConnectionState } from '../../machines/connection.ts';
import type { Exit } from '../../policy/exits.ts';
import type { HeartbeatMode } from '../../ports/protocol.ts';
import type { SupervisedConnection } from './connection.ts';

/** Throws `HoldfastError("id-in-use")` when the running connection has another URL or protocol. */
export function same(existing: SupervisedConnection, { address, protocol }: Plan): SupervisedConnection {
  const { plan } = existing;
  if (plan.address !== address || plan.protocol.name !== protocol.name) throw inUse(existing.id);
  existing.supervision.keep();
  return existing;
}

export function inUse(id: string): HoldfastError {
  return new HoldfastError('id-in-use', `id: ${JSON.stringify(id)} is running with another URL or protocol`);
}

/** Closes the connection when the signal aborts; stops listening when the connection is over. */
export function closeOnAbort(connection: SupervisedConnection, signal: AbortSignal | undefined): void {
  if (signal === undefined) return;
  const { closed } = connection;
  closed.then(onAbort(signal, () => void connection.close()));
}

export function notDialled(id: string): HoldfastError {
  return new HoldfastError('bad-config', `connection ${id} was accepted: only its peer can connect again`);
}

export function cannotProbe(
  id: string,
  open: boolean,
  state: ConnectionState,
  mode: HeartbeatMode | undefined,
) {
  const why = open ? `its heartbeat mode is ${mode ?? 'none'}` : `it is ${state}`;
  return new HoldfastError(open ? 'bad-config' : 'closed', `connection ${id} cannot be probed: ${why}`);
}

/** `exit`: how the connection ended; undefined while it is leaving. */
export function neverSent(id: string, why: string, exit: Exit | undefined): DeliveryError {
  const cause = exit && new ConnectionClosedError(id, exit);
  return new DeliveryError('never-sent', `connection ${id} ${why}`, { cause });
}
