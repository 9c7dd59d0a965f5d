/** Supervises a client of another library as if it were a socket. */
import type { Connection } from '../actors/supervisor/handle.ts';
import type { ConnectSpec } from '../actors/supervisor/options.ts';
import { badConfig } from '../base/errors.ts';
import { nearest } from '../base/nearest.ts';
import { expectedKey, objectOf } from '../base/options.ts';
import type { Provider } from '../endpoints/providers.ts';
import type { Credentials } from '../ports/protocol.ts';
import type { Adoption, UserAndPassword } from './adoption.ts';
import { adoptedProtocol } from './dialogue.ts';
import { adoptedTransport } from './socket.ts';

/** The supervisor, as far as `adopt` needs it. */
export interface Adopter {
  connect<In, Out, Info>(spec: ConnectSpec<In, Out, Info>): Connection<In, Out, Info>;
}

/** The options of `connect` that go with a client. */
type Kept<In, Out> = Omit<
  ConnectSpec<In, Out>,
  'transport' | 'protocol' | 'headers' | 'protocols' | 'credentials'
>;

/** How a client of another library is made, watched and ended. */
export interface AdoptSpec<Client, In = unknown, Out = never, Secret = UserAndPassword>
  extends Adoption<Client, In, Out, Secret>,
    Kept<In, Out> {
  /** The value that `open` gets as `credentials`; a function is asked as that of `connect`. Default: user and password of the URL. */
  readonly credentials?: Secret | Provider<Secret>;
}

/** A connection whose socket is a client of another library. */
export interface AdoptedConnection<Client, In = unknown, Out = never> extends Connection<In, Out, Client> {
  /** The client of this incarnation, from `alive` on until it has ended; `undefined` between two. */
  readonly client: Client | undefined;
}

/** Throws as `connect` does. The same id, URL and name as a running connection returns that one, with its own functions. */
export function adopt<Client, In = unknown, Out = never, Secret = UserAndPassword>(
  supervisor: Adopter,
  spec: AdoptSpec<Client, In, Out, Secret>,
): AdoptedConnection<Client, In, Out> {
  const connection = supervisor.connect(connectSpecOf(spec));
  const get = () => (connection.state === 'closed' ? undefined : connection.agreed);
  return Object.defineProperty(connection, 'client', { configurable: true, get }) as AdoptedConnection<
    Client,
    In,
    Out
  >;
}

/** The spec that `connect` takes. Throws `ConfigError`. */
export function connectSpecOf<Client, In, Out, Secret>(
  spec: AdoptSpec<Client, In, Out, Secret>,
): ConnectSpec<In, Out, Client> {
  check(spec);
  const { name: _, open, ready, ping, send, goodbye, drop, stream, failure, credentials, ...kept } = spec;
  return {
    ...(kept as unknown as Kept<In, Out>),
    ...(credentials !== undefined && { credentials: forHandshake(credentials) }),
    transport: adoptedTransport(spec),
    protocol: adoptedProtocol(spec),
  };
}

const needed = ['open', 'ping', 'drop'];
const optional = ['ready', 'send', 'goodbye', 'stream', 'failure'];

/** Throws `ConfigError` for what JavaScript may have left out. */
function check(spec: object): void {
  const given = objectOf('adopt', spec) as Readonly<Record<string, unknown>>;
  const { name } = given;
  if (typeof name !== 'string' || name === '') throw badConfig('name', name, 'a text, such as "pg"');
  const names = [...needed, ...optional, 'name', 'credentials'];
  for (const [key, value] of Object.entries(given)) {
    const meant = nearest(key, names);
    if (meant !== undefined && meant !== key) throw badConfig(key, value, expectedKey(key, names));
  }
  for (const path of [...needed, ...optional]) {
    const value = given[path];
    const isAbsent = value === undefined && optional.includes(path);
    if (!isAbsent && typeof value !== 'function') throw badConfig(path, value, 'a function');
  }
}

function forHandshake<Secret>(credentials: Secret | Provider<Secret>): Credentials | Provider<Credentials> {
  if (typeof credentials !== 'function') return { handshake: credentials };
  return async (context) => ({ handshake: await (credentials as Provider<Secret>)(context) });
}
