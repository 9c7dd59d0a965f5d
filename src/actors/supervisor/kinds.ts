/** The options of a supervisor and of `connect`, as they are checked before anything else. */
import { checkSignal } from '../../base/abortable.ts';
import { checked, type Kinds } from '../../base/options.ts';
import { documentTable } from '../../config/table.ts';
import type { ConnectSpec, SupervisorOptions } from './options.ts';

export const supervisorKinds: Kinds<SupervisorOptions> = {
  transports: 'a list',
  protocols: 'an object',
  logger: 0,
  debug: 'a boolean',
  describe: 'a function',
  parts: 'a list',
  clock: 'an object',
  signals: 'an object',
  onError: 'a function',
  inspect: 'a function or an object',
  resolvePolicy: 'a function',
  recorder: 'an object or null',
  machine: 'an object',
  ...documentTable,
};

const connectKinds: Kinds<ConnectSpec> = {
  url: 0,
  id: 'a string',
  protocol: 0,
  transport: 'an object',
  headers: 0,
  protocols: 0,
  credentials: 0,
  onMessage: 'a function',
  onOpen: 'a function',
  onResponse: 'a function',
  signal: 0,
  lazy: 'a boolean',
  ...documentTable,
};

/** Throws `ConfigError`. */
export function checkSpec(spec: { readonly signal?: AbortSignal }): void {
  checkSignal(checked('connect', spec, connectKinds).signal);
}
