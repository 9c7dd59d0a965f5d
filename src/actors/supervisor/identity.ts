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

const signalsOf = new WeakMap<SupervisedConnection, Set<AbortSignal>>();

/** Closes the connection when the signal aborts, in this life of its id and in each that `reconnect()` begins. */
export function closeOnAbort(connection: SupervisedConnection, signal: AbortSignal | undefined): void {
  if (signal === undefined) return;
  const signals = signalsOf.get(connection) ?? new Set();
  if (signals.has(signal) && !signal.aborted) return;
  signalsOf.set(connection, signals.add(signal));
  bind(connection, signal);
}

/** A new life of the id begins: the signals of its connection hold again. */
export function bindSignals(connection: SupervisedConnection): void {
  for (const signal of signalsOf.get(connection) ?? []) bind(connection, signal);
}

/** Until the connection is over. */
function bind(connection: SupervisedConnection, signal: AbortSignal): void {
  const { closed } = connection;
  closed.then(onAbort(signal, () => void connection.close()));
}
