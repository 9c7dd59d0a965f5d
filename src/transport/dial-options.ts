/** The options of TCP sockets: which are accepted, and what is done with them. */
import { isIP, type Socket as NetSocket } from 'node:net';
import { type Duration, parseDuration } from '../base/duration.ts';
import { badConfig } from '../base/errors.ts';
import { checked, type Kind, type Kinds } from '../base/options.ts';
import type { Lookup } from './lookups.ts';

/** Options of TCP sockets, also below TLS and WebSockets. Those of the kernel hold for accepted sockets, too. */
export interface DialOptions {
  /** Only addresses of this IP version. Default: that of `localAddress`, else both. */
  readonly family?: 4 | 6;
  /** The IP address of this machine to dial from. Default: the kernel's choice. */
  readonly localAddress?: string;
  /** Looks names up; default: `dns.lookup`. */
  readonly lookup?: Lookup;
  /** Whether the kernel asks a silent peer for a sign of life, as a second line behind heartbeats. Default true. */
  readonly keepAlive?: boolean;
  /**
   * The silence until it asks for the first time, from `1s` to `32767s`, rounded up to whole seconds; how often, and when it gives
   * up, the system decides. Not together with `keepAlive: false`. Default `60s`.
   */
  readonly keepAliveInitialDelay?: Duration;
  /** Small writes leave at once, without waiting for the answer to those before (Nagle's algorithm). Default true. */
  readonly noDelay?: boolean;
}

export const dialKinds: Kinds<DialOptions> = {
  family: 0,
  localAddress: 'a string',
  lookup: 'a function',
  keepAlive: 'a boolean',
  keepAliveInitialDelay: 0,
  noDelay: 'a boolean',
};

/** The longest delay that Linux takes. */
const longestSeconds = 32_767;

/** A copy of the options. Throws `ConfigError`; `at` names the function that they were given to. */
export function checkedDial<T extends DialOptions>(
  at: string,
  options: T,
  kinds: Readonly<Record<string, Kind>>,
): T {
  const { family, localAddress, keepAlive, keepAliveInitialDelay: delay } = checked(at, options, kinds);
  if (family !== undefined && family !== 4 && family !== 6) throw badConfig('family', family, '4 or 6');
  // Asked only where there is one: the first `isIP` of a process takes 3 ms, a tenth of the time of importing holdfast.
  const version = localAddress === undefined ? undefined : isIP(localAddress);
  if (version === 0 || (version !== undefined && (family ?? version) !== version))
    throw badConfig('localAddress', localAddress, `an ${family ? `IPv${family}` : 'IP'} address`);
  if (delay !== undefined) secondsOf(delay);
  if (delay !== undefined && keepAlive === false)
    throw badConfig('keepAliveInitialDelay', delay, 'none beside keepAlive: false');
  return { ...options };
}

function secondsOf(delay: Duration): number {
  const seconds = (parseDuration(delay) ?? 0) / 1000;
  if (seconds >= 1 && seconds <= longestSeconds) return Math.ceil(seconds);
  throw badConfig('keepAliveInitialDelay', delay, `a duration from 1s to ${longestSeconds}s`);
}

/** The IP version of all addresses that are dialled; 0: both. */
export function versionOf({ family, localAddress = '' }: DialOptions): 0 | 4 | 6 {
  return family ?? (isIP(localAddress) as 0 | 4 | 6);
}

/** Throws `ConfigError` for an address that the options exclude. A name has the addresses that fit, or none. */
export function checkVersion(host: string, options: DialOptions): void {
  const [version, wanted] = [isIP(host), versionOf(options)];
  if (version !== 0 && wanted !== 0 && version !== wanted)
    throw badConfig(
      options.family ? 'family' : 'localAddress',
      `IPv${wanted}`,
      `IPv${version}, as ${host} is dialled`,
    );
}

/** Sets what the kernel does with a socket. */
export type Tune = (this: NetSocket) => void;

/** This function serves all sockets of a transport: as a listener it takes no memory of theirs. */
export function tuneBy({
  keepAlive = true,
  keepAliveInitialDelay = '60s',
  noDelay = true,
}: DialOptions): Tune {
  const delayMs = secondsOf(keepAliveInitialDelay) * 1000;
  return function tune(this: NetSocket) {
    this.setNoDelay(noDelay).setKeepAlive(keepAlive, delayMs);
  };
}
