/** How many sockets a listener may have: the limits of one listener, and what counts against them. */
import { badConfig } from '../base/errors.ts';

/** Limits of a listener, in sockets; `null`: none. */
export interface ListenLimits {
  /** Accepted connections. Default `null`. */
  readonly connections?: number | null;
  /**
   * Accepted connections of one IP address, and as many handshakes. The addresses of an IPv6 network of 64 bits
   * count as one, as one host has them all. Not applied where peers have no address. Default `null`.
   */
  readonly perAddress?: number | null;
  /** Sockets before the end of their handshake (TLS, WebSocket upgrade). Default 1000. */
  readonly handshakes?: number | null;
}

export type LimitName = keyof ListenLimits;

/** The things that a listener counts. */
type Kind = 'connections' | 'handshakes';

const defaults = { connections: null, perAddress: null, handshakes: 1000 } as const;
const names = Object.keys(defaults) as LimitName[];

export class Admission {
  readonly limits: Readonly<Record<LimitName, number>>;
  connections = 0;
  handshakes = 0;
  /** By kind and address; empty without a limit for addresses. */
  readonly #counts = new Map<string, number>();

  /** Throws `ConfigError`. */
  constructor(limits: unknown) {
    this.limits = limitsOf(limits);
  }

  /** The limit that one more would exceed. */
  exceeded(kind: Kind, address: string | undefined): LimitName | undefined {
    if (this[kind] >= this.limits[kind]) return kind;
    const here = this.#counts.get(keyOf(kind, address)) ?? 0;
    return here >= this.limits.perAddress ? 'perAddress' : undefined;
  }

  enter(kind: Kind, address: string | undefined): void {
    this.#count(kind, address, 1);
  }

  leave(kind: Kind, address: string | undefined): void {
    this.#count(kind, address, -1);
  }

  #count(kind: Kind, address: string | undefined, by: 1 | -1): void {
    this[kind] += by;
    if (address === undefined || this.limits.perAddress === Number.POSITIVE_INFINITY) return;
    const key = keyOf(kind, address);
    const count = (this.#counts.get(key) ?? 0) + by;
    if (count > 0) this.#counts.set(key, count);
    else this.#counts.delete(key);
  }
}

function keyOf(kind: Kind, address: string | undefined): string {
  return `${kind} ${address && networkOf(address)}`;
}

/** An IPv4 address itself; of an IPv6 address the first 64 bits. */
export function networkOf(address: string): string {
  if (!address.includes(':') || address.includes('.')) return address;
  const [head = '', tail] = address.split('%', 1)[0]?.split('::') ?? [];
  const groups = head === '' ? [] : head.split(':');
  const after = tail ? tail.split(':') : [];
  const missing = tail === undefined ? 0 : 8 - groups.length - after.length;
  return [...groups, ...Array<string>(missing).fill('0'), ...after].slice(0, 4).join(':');
}

function limitsOf(limits: unknown = {}): Readonly<Record<LimitName, number>> {
  if (typeof limits !== 'object' || limits === null || Array.isArray(limits)) {
    throw badConfig('limits', limits, `an object with ${names.join(', ')}`);
  }
  const unknown = Object.keys(limits).find((name) => !Object.hasOwn(defaults, name));
  if (unknown !== undefined) {
    throw badConfig(
      `limits.${unknown}`,
      Reflect.get(limits, unknown),
      `one of the limits ${names.join(', ')}`,
    );
  }
  const read = names.map((name) => [name, limitOf(name, Reflect.get(limits, name))]);
  return Object.fromEntries(read);
}

function limitOf(name: LimitName, value: unknown = defaults[name]): number {
  if (value === null) return Number.POSITIVE_INFINITY;
  if (Number.isSafeInteger(value) && Number(value) > 0) return Number(value);
  throw badConfig(`limits.${name}`, value, 'a number of sockets, whole and at least 1, or null for no limit');
}
