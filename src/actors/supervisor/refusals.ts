/** The errors of calls that a connection or its supervisor refuses. */
import { ConnectionClosedError, DeliveryError, HoldfastError } from '../../base/errors.ts';
import { checked, type Kinds } from '../../base/options.ts';
import type { Exit } from '../../policy/exits.ts';
import type { ReconnectOptions } from './handle.ts';

export function inUse(id: string): HoldfastError {
  return new HoldfastError('id-in-use', `id: ${JSON.stringify(id)} is running with another URL or protocol`);
}

/** `next` of the options. Throws `ConfigError` for another option, or another kind of value. */
export function checkedNext(options: ReconnectOptions = {}): boolean {
  const { next = false } = checked('reconnect', options, {
    next: 'a boolean',
  } satisfies Kinds<ReconnectOptions>);
  return next;
}

/** `exit`: how the connection ended; undefined while it is leaving. */
export function neverSent(id: string, why: string, exit: Exit | undefined): DeliveryError {
  const cause = exit && new ConnectionClosedError(id, exit);
  return new DeliveryError('never-sent', `connection ${id} ${why}`, { cause });
}
