/** Which connection an id means, and the signal that closes it. */
import { onAbort } from '../../base/abortable.ts';
import type { Plan } from '../../endpoints/plan.ts';
import type { SupervisedConnection } from './connection.ts';
import { inUse } from './refusals.ts';

/** Throws `HoldfastError("id-in-use")` when the running connection has another URL or protocol. */
export function same(existing: SupervisedConnection, { address, protocol }: Plan): SupervisedConnection {
  const { plan } = existing;
  if (plan.address !== address || plan.protocol.name !== protocol.name) throw inUse(existing.id);
  existing.supervision.keep();
  return existing;
}

/** Closes the connection when the signal aborts; stops listening when the connection is over. */
export function closeOnAbort(connection: SupervisedConnection, signal: AbortSignal | undefined): void {
  if (signal === undefined) return;
  const { closed } = connection;
  closed.then(onAbort(signal, () => void connection.close()));
}
