/** The hooks: each follows an object outside of React by `useSyncExternalStore`, and none dials while a component renders. */
import {
  useCallback,
  useContext,
  useEffect,
  useInsertionEffect,
  useRef,
  useState,
  useSyncExternalStore,
} from 'react';
import type { Connection, ConnectionStatus, Sent } from '../actors/supervisor/handle.ts';
import type { ConnectSpec } from '../actors/supervisor/options.ts';
import type { ConnectionState } from '../machines/connection.ts';
import { type AnySpec, type Connecting, hold, keyOf, supervisorOf, type Tenancy } from './leases.ts';

/** A supervisor, or a context of React that has one; `null` and `undefined` for none. */
export type SupervisorSource =
  | Connecting
  | { readonly Provider: unknown; readonly Consumer: unknown }
  | null
  | undefined;

/**
 * The state of the running incarnation, or else the status of the connection: `waiting` for its next attempt, `resting`, and
 * over as `left` or `gave-up`.
 */
export type ConnectionPhase = ConnectionState | Exclude<ConnectionStatus, 'running'>;

// biome-ignore lint/suspicious/noExplicitAny: messages of any protocol
type AnyConnection = Connection<any, any, any>;

const nothing = () => {};
const none = () => undefined;

/**
 * The connection of a spec, from the first mount of a component that asks for it until 1 s after the unmount of the last one:
 * components that give the same id and URL share it. `undefined` on a server, in the first render, without a supervisor or
 * a spec, and while another connection of the same id closes. A change of `id`, `url`, `protocol` or `lazy` is another
 * connection: the one before closes. Functions of the spec (`onMessage`, `onOpen`, `onResponse`, `url`, `headers`, `protocols`, `credentials`) are those of
 * the last commit, without another dial; `onMessage` is called in each component. The rest of a spec holds as it was at the
 * first mount. A connection that was there before the first component is not closed.
 *
 * What `supervisor.connect` throws goes to the error boundary, also `id-in-use` when a component holds the id with another URL
 * or protocol. A connection that is over is made anew by a mount when no component holds it; `reconnect()` does so for those that do.
 */
export function useConnection<In = unknown, Out = Sent<In>, Info = unknown>(
  source: SupervisorSource,
  spec: ConnectSpec<In, Out, Info> | null | undefined,
): Connection<In, Out, Info> | undefined {
  const supervisor = useSupervisor(source);
  const key = spec ? keyOf(spec) : undefined;
  const [seat] = useState<Seat>(() => new Seat());
  useInsertionEffect(() => {
    if (spec) seat.spec = spec;
  });
  const subscribe = useCallback(
    (onChange: () => void) => (supervisor && key ? seat.take(supervisor, key, onChange) : nothing),
    [supervisor, key, seat],
  );
  const connection = useSyncExternalStore(subscribe, () => seat.at(supervisor, key), none);
  return connection as Connection<In, Out, Info> | undefined;
}

/** A component's place at a connection. */
class Seat {
  spec = {} as AnySpec;
  #supervisor: Connecting | undefined;
  #key: string | undefined;
  #tenancy: Tenancy | undefined;

  /** The connection, if it is still the one that is asked for. */
  at(supervisor: Connecting | undefined, key: string | undefined): AnyConnection | undefined {
    return supervisor === this.#supervisor && key === this.#key ? this.#tenancy?.connection : undefined;
  }

  /** Throws what `connect` throws. */
  take(supervisor: Connecting, key: string, onChange: () => void): () => void {
    const tenancy = hold(supervisor, this, onChange);
    this.#supervisor = supervisor;
    this.#key = key;
    this.#tenancy = tenancy;
    return () => {
      tenancy.end();
      if (this.#tenancy === tenancy) this.#tenancy = undefined;
    };
  }
}

function useSupervisor(source: SupervisorSource): Connecting | undefined {
  const isContext = source != null && !('connect' in source);
  // A component gives one kind of source in all its renders, so the order of hooks stays.
  return ((isContext ? useContext(source) : source) ?? undefined) as Connecting | undefined;
}

/**
 * The phase of a connection, anew whenever it changes; `undefined` without a connection, and on a server. A connection that
 * `useConnection` did not make is followed until it is over.
 */
export function useConnectionState(connection: AnyConnection | undefined): ConnectionPhase | undefined {
  const subscribe = useCallback(
    (onChange: () => void) => (connection ? follow(connection, onChange) : nothing),
    [connection],
  );
  return useSyncExternalStore(subscribe, () => connection && phaseOf(connection), none);
}

function phaseOf({ state, status }: AnyConnection): ConnectionPhase {
  return status === 'running' ? state : status;
}

/** By events, as these tell of waits, of rests and of the life after an end, too. */
function follow(connection: AnyConnection, onChange: () => void): () => void {
  const supervisor = supervisorOf(connection);
  const changes = supervisor?.events$.subscribe((event) => {
    if ('connection' in event && event.connection === connection.id) onChange();
  });
  const states = supervisor ? undefined : connection.state$.subscribe({ next: onChange, complete: onChange });
  return () => (changes ?? states)?.unsubscribe();
}

/**
 * Calls `onMessage` for each message of the connection while the component is mounted, always that of the last commit. What it throws
 * is reported as RxJS does. A lazy connection is dialled for it.
 */
export function useMessages<In>(
  connection: Connection<In, never, unknown> | Connection<In> | undefined,
  onMessage: (message: In) => unknown,
): void {
  const newest = useRef(onMessage);
  useInsertionEffect(() => {
    newest.current = onMessage;
  });
  useEffect(() => {
    const subscription = connection?.messages$.subscribe((message) => void newest.current(message));
    return () => subscription?.unsubscribe();
  }, [connection]);
}
