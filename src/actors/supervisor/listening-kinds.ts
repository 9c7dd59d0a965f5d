/** The options of `listen`, `accept` and `stop`, as they are checked before anything else. */

import { parseDuration } from '../../base/duration.ts';
import { badConfig, HoldfastError } from '../../base/errors.ts';
import { checked, type Kinds } from '../../base/options.ts';
import { documentTable } from '../../config/table.ts';
import type { AcceptSpec, Listener, ListenSpec, StopOptions } from './options.ts';

const accepted = {
  protocol: 0,
  transport: 'an object',
  onConnection: 'a function',
  onMessage: 'a function',
  ...documentTable,
} as const;

const listenKinds: Kinds<ListenSpec> = { url: 0, limits: 0, ...accepted };
const acceptKinds: Kinds<AcceptSpec> = { id: 'a string', peer: 'a string', ...accepted };
const stopKinds: Kinds<StopOptions> = { over: 0 };

/** Over how many milliseconds goodbyes are spread, or what is wrong with that. */
export function windowOf(options: StopOptions): number | Error {
  try {
    const { over = 0 } = checked('stop', options, stopKinds);
    return parseDuration(over) ?? badConfig('over', over, 'a duration such as "5s" or 2000 (ms)');
  } catch (error) {
    return error as Error;
  }
}

/** Throws `ConfigError`. */
export function checkedListen<S>(spec: S): S {
  return checked('listen', spec, listenKinds);
}

/** Throws `ConfigError`. */
export function checkedAccept<S extends { readonly transport: unknown }>(spec: S): S {
  const { transport } = checked('accept', spec, acceptKinds);
  if (transport === undefined)
    throw badConfig('transport', transport, 'the transport of the socket, such as tcp()');
  return spec;
}

const members: readonly (keyof Listener)[] = ['url', 'connections', 'handshakes', 'close', 'update'];

/** A promise of `listen` whose use as a listener says that it has to be awaited, where JavaScript would say `undefined`. */
export function awaited<P extends Promise<Listener>>(promise: P): P {
  for (const member of members) {
    const get = () => {
      throw new HoldfastError('bad-config', `listen: ${member} is known once the promise is awaited`);
    };
    Object.defineProperty(promise, member, { get });
  }
  return promise;
}
