/** The specs of both legs, from the checked command line. */
import type { ListenSpec } from '../../actors/supervisor/options.ts';
import type { ConfigProblem } from '../../base/errors.ts';
import type { PolicyConfig } from '../../config/policy.ts';
import type { AnyProtocol, AnyTransport } from '../../endpoints/place.ts';
import type { CloseFrame } from '../../ports/transport.ts';
import { nodeTransports } from '../../presets/node.ts';
import { bytes } from '../../protocols/bytes.ts';
import { framed } from '../../protocols/framed.ts';
import { websocket } from '../../protocols/websocket.ts';
import { session } from '../../sessions/both.ts';
import type { Session } from '../../sessions/handle.ts';
import { secured } from '../certificate.ts';
import { type Endpoint, endpointsOf, presented } from '../endpoints.ts';
import type { Io } from '../io.ts';
import type { Settings } from '../options.ts';
import { listenCertificate, type ProxyFlags } from './flags.ts';
import type { AnyConnection } from './leg.ts';
import { type ListenTerms, listenTerms } from './listen-terms.ts';
import { marked } from './marked-protocol.ts';
import { marking } from './marking-transport.ts';
import { type Route, routeOf } from './route.ts';

/** Clients, as they come. */
export interface Clients {
  connected(client: AnyConnection): void;
  opened(client: Session): void;
}

// biome-ignore lint/suspicious/noExplicitAny: messages, or units of a connection with marks
type AnyListenSpec = ListenSpec<any, any>;

/** An endpoint whose protocol is known. */
type Place = Endpoint & Required<Pick<Endpoint, 'protocol'>>;

export interface Plan {
  readonly route: Route;
  readonly listen: {
    readonly url: string;
    spec(clients: Clients): AnyListenSpec;
  };
  /** Options of `connect`, but the id and what `--on-loss` decides. */
  readonly upstream: Endpoint;
}

const upstreamLost: CloseFrame = { code: 1014, reason: 'the upstream is lost' };
const clientLost: CloseFrame = { code: 1001, reason: 'the client is lost' };

/** Adds all problems; the result is meaningless then. */
export async function planOf(
  urls: readonly [string, string],
  settings: Settings,
  flags: ProxyFlags,
  io: Io,
  problems: ConfigProblem[],
): Promise<Plan> {
  const [listenUrl, upstreamUrl] = urls;
  const route = routeOf(urls, flags, problems);
  const terms = listenTerms(flags, route.session, io.env, problems);
  const transports = secured([listenUrl], ...listenCertificate(flags), problems);
  await checked(listenUrl, settings, 'accept', problems);
  const [endpoint = { url: upstreamUrl }] = await checked(upstreamUrl, settings, 'dial', problems);
  const upstream: Place = { ...endpoint, protocol: upstreamProtocol(upstreamUrl, route) };
  const [complete] = presented([upstream], settings, flags, io, problems);
  const whole = { ...upstream, ...complete };
  return {
    route,
    listen: {
      url: listenUrl,
      spec: (clients) => listenSpec(listenUrl, route, { terms, transports, settings, clients }),
    },
    upstream: route.session === 'upstream' ? whole : withMarks(whole, clientLost),
  };
}

/** Checks a URL alone and together with the policy. */
function checked(url: string, settings: Settings, side: 'accept' | 'dial', problems: ConfigProblem[]) {
  if (problems.length > 0) return [];
  const protocol = isWebSocket(url) ? 'websocket' : 'bytes';
  return endpointsOf([url], { ...settings, protocol }, side, problems);
}

interface Listening {
  readonly terms: ListenTerms;
  readonly transports: readonly AnyTransport[];
  readonly settings: Settings;
  readonly clients: Clients;
}

function listenSpec(url: string, route: Route, { terms, transports, settings, clients }: Listening) {
  const transport = transportOf(url, [...transports, ...nodeTransports]);
  const { limits } = terms;
  if (route.session === 'listen') {
    const protocol = session(beneath(url), { ...terms.session, onSession: (each) => clients.opened(each) });
    return { url, transport, protocol, limits, outbox };
  }
  const policy = { ...clientPolicy(url, settings.policy), outbox };
  const onConnection = (client: AnyConnection) => clients.connected(client);
  return withMarks({ url, transport, protocol: plain(url), limits, ...policy, onConnection }, upstreamLost);
}

/**
 * A client may read as late as it likes, unless the policy says otherwise; and a stream of any client has no heartbeats,
 * whichever the policy has for the upstream.
 */
function clientPolicy(url: string, { heartbeat, deadlines }: PolicyConfig): PolicyConfig {
  if (isWebSocket(url)) return {};
  return {
    ...(heartbeat?.mode !== undefined && { heartbeat: { ...heartbeat, mode: 'auto' } }),
    ...(deadlines?.write === undefined && { deadlines: { ...deadlines, write: null } }),
  };
}

/** Nothing expires: a stream has no holes. Each leg sends the next data when the last has left. */
export const outbox = { messages: 1000, bytes: 64 * 1024 * 1024, age: null, overflow: 'reject' } as const;

function upstreamProtocol(url: string, { session: side }: Route): AnyProtocol {
  return side === 'upstream' ? session(beneath(url)) : plain(url);
}

function plain(url: string) {
  return isWebSocket(url) ? websocket() : bytes();
}

/** The protocol that carries a session. */
function beneath(url: string) {
  return isWebSocket(url) ? websocket() : framed();
}

function withMarks<T extends Place>(spec: T, lost: CloseFrame): T {
  const { transport = transportOf(spec.url, nodeTransports), protocol } = spec;
  return {
    ...spec,
    transport: marking(transport, { lost }),
    protocol: marked(protocol as ReturnType<typeof bytes>),
  };
}

function transportOf(url: string, transports: readonly AnyTransport[]): AnyTransport {
  const scheme = new URL(url).protocol.slice(0, -1);
  return transports.find(({ schemes }) => schemes.includes(scheme)) as AnyTransport;
}

function isWebSocket(url: string): boolean {
  return /^wss?:/i.test(url);
}
