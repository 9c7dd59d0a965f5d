/**
 * Connections that components share: those with the same id hold one lease of its connection, which closes a moment after
 * the last of them has let go, so that a component that is mounted again finds it open.
 */
import type { ConnectSpec } from '../actors/supervisor/options.ts';
import type { Supervisor } from '../actors/supervisor/supervisor.ts';
import { idOf } from '../endpoints/spec.ts';

/** The members of a supervisor that hooks use. */
export type Connecting = Pick<Supervisor, 'connect' | 'events$' | 'get'>;

// biome-ignore lint/suspicious/noExplicitAny: messages of any protocol
export type AnySpec = ConnectSpec<any, any, any>;
type AnyConnection = ReturnType<Connecting['connect']>;

/** A component that holds a lease. */
export interface Tenant {
  /** Options of the last commit: its functions are called, those of earlier ones are not. */
  readonly spec: AnySpec;
}

/** Milliseconds for which a connection that no component holds stays open. */
const GRACE = 1000;

const leases = new WeakMap<Connecting, Map<string, Lease>>();
const supervisors = new WeakMap<object, Connecting>();

/** The supervisor of a connection that components hold. */
export function supervisorOf(connection: object): Connecting | undefined {
  return supervisors.get(connection);
}

/** A spec with another key is another connection. Functions count only by being functions. */
export function keyOf({ id, url, protocol, lazy = false }: AnySpec): string {
  const urls = typeof url === 'function' ? null : [url].flat().map(String);
  const name = typeof protocol === 'object' ? (protocol.identity ?? protocol.name) : protocol;
  return JSON.stringify([id, urls, name, lazy]);
}

class Lease {
  readonly key: string;
  readonly connection: AnyConnection;
  readonly tenants: Tenant[] = [];
  readonly #supervisor: Connecting;
  /** The connection was open before the first component, and stays open after the last. */
  readonly #isForeign: boolean;
  readonly #onMessage: AnySpec['onMessage'];
  #heard: { unsubscribe(): void } | undefined;
  #endGrace: (() => void) | undefined;
  /** Resolves when nothing of the connection is left. Undefined until it is about to close. */
  ending: Promise<void> | undefined;

  /** Throws what `connect` throws. */
  constructor(supervisor: Connecting, spec: AnySpec, key: string) {
    this.key = key;
    this.#supervisor = supervisor;
    this.#isForeign = supervisor.get(idOf(spec)) !== undefined;
    const shared = following(spec, this.tenants);
    const { onMessage, ...silent } = shared;
    this.#onMessage = onMessage;
    this.connection = supervisor.connect(this.#isForeign ? silent : shared);
    supervisors.set(this.connection, supervisor);
  }

  get isFree(): boolean {
    return this.tenants.length === 0;
  }

  get isOver(): boolean {
    const { status } = this.connection;
    return status === 'left' || status === 'gave-up';
  }

  enter(tenant: Tenant): void {
    this.#endGrace?.();
    this.#endGrace = undefined;
    this.tenants.push(tenant);
    if (this.#isForeign && tenant.spec.onMessage) this.#listen();
  }

  /** The `onMessage` of a connection that was there before stays its own: that of components hears beside it. */
  #listen(): void {
    const { connection } = this;
    this.#heard ??= connection.messages$.subscribe((message) => {
      try {
        this.#onMessage?.(message, connection);
      } catch (error) {
        connection.reportError(error, 'onMessage');
      }
    });
  }

  leave(tenant: Tenant): void {
    this.tenants.splice(this.tenants.indexOf(tenant), 1);
    if (!this.isFree) return;
    const grace = this.connection.clock.scheduler.schedule(() => void this.end(), GRACE);
    this.#endGrace = () => grace.unsubscribe();
  }

  /** The id is free afterwards. */
  end(): Promise<void> {
    this.#endGrace?.();
    this.ending ??= this.#end();
    return this.ending;
  }

  async #end(): Promise<void> {
    this.#heard?.unsubscribe();
    if (!this.#isForeign) await this.connection.close();
    leases.get(this.#supervisor)?.delete(this.connection.id);
  }
}

/** The spec with functions that lead to those of the tenants, as they are by then. */
function following(spec: AnySpec, tenants: readonly Tenant[]): AnySpec {
  const over: Record<string, unknown> = {
    onMessage: (...args: [never, never]) => {
      for (const tenant of [...tenants]) tenant.spec.onMessage?.(...args);
    },
  };
  for (const name of ['url', 'headers', 'protocols', 'credentials', 'onOpen', 'onResponse'] as const) {
    if (typeof spec[name] !== 'function') continue;
    over[name] = (...args: unknown[]) => {
      const newest = tenants.at(-1)?.spec[name];
      return ((typeof newest === 'function' ? newest : spec[name]) as (...all: unknown[]) => unknown)(
        ...args,
      );
    };
  }
  return { ...spec, ...over } as AnySpec;
}

/** A tenancy, from `hold` to `end`. */
export interface Tenancy {
  /** Undefined while an earlier connection of the id closes. Throws what `connect` threw afterwards. */
  readonly connection: AnyConnection | undefined;
  end(): void;
}

/**
 * Holds the connection of a spec. `onChange`: it is there, where an earlier one of its id had to close first. Throws what `connect`
 * throws: also `id-in-use`, when a component holds another connection of that id.
 */
export function hold(supervisor: Connecting, tenant: Tenant, onChange: () => void): Tenancy {
  let lease: Lease | undefined;
  let isOver = false;
  let failure: { readonly error: unknown } | undefined;
  const enter = () => {
    lease = leaseFor(supervisor, tenant.spec, enterLater);
    lease?.enter(tenant);
  };
  const enterLater = () => {
    if (isOver) return;
    try {
      enter();
    } catch (error) {
      failure = { error };
    }
    onChange();
  };
  enter();
  return {
    get connection() {
      if (failure !== undefined) throw failure.error;
      return lease?.connection;
    },
    end() {
      isOver = true;
      lease?.leave(tenant);
    },
  };
}

/** Undefined when a connection of the id has to close first; `later` is called afterwards. */
function leaseFor(supervisor: Connecting, spec: AnySpec, later: () => void): Lease | undefined {
  const [id, key] = [idOf(spec), keyOf(spec)];
  const known = leases.get(supervisor) ?? new Map<string, Lease>();
  leases.set(supervisor, known);
  const lease = known.get(id);
  if (lease?.isFree && (lease.key !== key || lease.isOver || lease.ending)) {
    lease.end().then(later);
    return undefined;
  }
  if (lease?.key === key) return lease;
  const made = new Lease(supervisor, spec, key);
  known.set(id, made);
  return made;
}
