/** Which connection an id means, and the signal that closes it. */
import { onAbort } from '../../base/abortable.ts';
import { HoldfastError } from '../../base/errors.ts';
import type { Plan } from '../../endpoints/plan.ts';
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
