/** Which connection an id means, and the signal that closes it. */
import { onAbort } from '../../base/abortable.ts';
import type { SupervisedConnection } from './connection.ts';
import type { Successor } from './port.ts';
import { inUse } from './refusals.ts';

/**
 * The running connection stays; one that is leaving becomes `wanted` afterwards. Throws `HoldfastError("id-in-use")` when it
 * has another URL or protocol.
 */
export function same(existing: SupervisedConnection, wanted: Successor): SupervisedConnection {
  const { plan } = existing;
  const { address, protocol } = wanted.plan;
  if (plan.address !== address || plan.protocol.name !== protocol.name) throw inUse(existing.id);
  existing.supervision.keep(wanted);
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
