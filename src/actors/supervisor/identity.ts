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
  if (plan.address !== address || identityOf(plan.protocol) !== identityOf(protocol))
    throw inUse(existing.id);
  // The signals of a spec that was closed end nothing of the next one.
  if (existing.leaving) forgetSignals(existing);
  else if (wanted.onMessage && wanted.onMessage !== existing.onMessage)
    existing.warned('connect: another onMessage is never called');
  existing.supervision.keep(wanted);
  return existing;
}

function identityOf({ identity, name }: SupervisedConnection['plan']['protocol']): string {
  return identity ?? name;
}

/** Closes the connection when the signal aborts, in this life of its id and in each that `reconnect()` begins. */
export function closeOnAbort(connection: SupervisedConnection, signal: AbortSignal | undefined): void {
  if (signal === undefined) return;
  connection.signals ??= new Map();
  if (!connection.signals.has(signal) || signal.aborted) bind(connection, signal, connection.signals);
}

/** A new life of the id begins: the signals of its connection hold again. */
export function bindSignals(connection: SupervisedConnection): void {
  const { signals } = connection;
  if (signals) for (const signal of signals.keys()) bind(connection, signal, signals);
}

/** Lasts until the connection is over, or its spec holds no more. */
function bind(
  connection: SupervisedConnection,
  signal: AbortSignal,
  signals: Map<AbortSignal, () => void>,
): void {
  const { closed } = connection;
  const withdraw = onAbort(signal, () => void connection.close());
  signals.set(signal, withdraw);
  closed.then(withdraw);
}

function forgetSignals(connection: SupervisedConnection): void {
  for (const withdraw of connection.signals?.values() ?? []) withdraw();
  connection.signals = undefined;
}
