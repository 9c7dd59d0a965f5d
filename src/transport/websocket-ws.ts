/** WebSocket for Node, over the `ws` package. `ws://host[:port]/path` and `wss://…`. */
import type { Agent, ClientRequest, IncomingMessage } from 'node:http';
import { connect, isIP, type Socket as NetSocket } from 'node:net';
import { type ClientOptions, WebSocket } from 'ws';
import { defined } from '../base/defined.ts';
import { badConfig } from '../base/errors.ts';
import type { Kinds } from '../base/options.ts';
import { type UpgradeResponse, upgradeResponse } from '../policy/upgrade-response.ts';
import type { Socket, SocketSink, Target, Transport, UpgradeRequest } from '../ports/transport.ts';
import type { WebSocketChunk } from '../ports/websocket-chunk.ts';
import { type Clock, systemClock } from '../time/clock.ts';
import { failedAtOnce, failedDial, lostBeforeAdopt } from './dial-failure.ts';
import { checkVersion, type DialOptions, type Tune } from './dial-options.ts';
import { heldBy } from './dialling.ts';
import { peerOf } from './peer.ts';
import { ProxyDial } from './proxy-dial.ts';
import { checkedAgent, type ProxyChoice, type ProxyOptions, proxyChoice } from './proxy-options.ts';
import { TlsDialler } from './tls-dialler.ts';
import { checkedTls, type TlsOptions, tlsKinds } from './tls-options.ts';
import { Refusal } from './upgrade-refusal.ts';
import { checkWebSocketUrl, hostOf } from './url-checks.ts';
import { type AcceptedWebSocket, listenForWebSockets } from './websocket-listen.ts';
import { NameDial, type OwnDial } from './websocket-name-dial.ts';
import { adapterOf, WsSocket } from './websocket-ws-socket.ts';

/** The TLS options apply to `wss`; see `tls`. */
export interface WebSocketOverWsOptions extends TlsOptions {
  /** Limit in bytes; default 16 MiB. A longer message ends the connection: `message-too-big`, close code 1009. */
  readonly maxMessageBytes?: number;
  /** Returns milliseconds since the epoch, to interpret a `Retry-After` date. Default: the system's clock. */
  readonly wall?: () => number;
  /**
   * Dials in place of this transport, as in `http.request`: an `https.Agent`, or that of a package, such as `SocksProxyAgent`.
   * `lookup` is without effect, and an address is taken by its rules. Not together with `proxy`. Default: none.
   */
  readonly agent?: Agent;
  /**
   * The HTTP proxy of all dials: a URL as in `http://user:password@proxy.example:3128`, `'environment'`, or `ProxyOptions`.
   * `lookup`, `family` and `localAddress` then are those of the dial to the proxy. Default: none, whatever the environment says.
   */
  readonly proxy?: string | URL | ProxyOptions;
}

const defaultMaxMessageBytes = 16 * 1024 * 1024;

const kinds: Kinds<WebSocketOverWsOptions> = {
  ...tlsKinds,
  maxMessageBytes: 'a number',
  wall: 'a function',
  agent: 0,
  proxy: 0,
};

/**
 * WebSockets of the `ws` package. Pings arrive as `ControlFrame` and are not answered here. Messages are not
 * compressed, redirects are not followed. After `pause`, messages of the chunk that was already read from the
 * wire still arrive.
 *
 * `end` sends code 1000 by default, and no code for 1005; a code that may not be sent (RFC 6455 section 7.4)
 * becomes 1000, and a reason is cut to 123 bytes. `ended` comes with the peer's close frame; the socket closes when the
 * peer ends its stream, or 30 s later.
 *
 * A listener answers plain HTTP with status 426, and an upgrade beyond its limits with 503. It upgrades the path of
 * its URL, or any path if that is `/`.
 */
export function webSocketOverWs(options: WebSocketOverWsOptions = {}): Transport<WebSocketChunk> {
  const tls = checkedTls('webSocketOverWs', options, kinds);
  const { maxMessageBytes, wall = systemClock.wall, agent, proxy, lookup: _, ...local } = tls;
  const common = { maxPayload: limitOf(maxMessageBytes), perMessageDeflate: false, autoPong: false };
  const dialler = new TlsDialler(tls);
  const proxyOf = proxy === undefined ? () => undefined : proxyChoice(proxy);
  const dialOf = checkedAgent(agent, proxy) === undefined ? ownDial(tls, proxyOf, dialler) : () => undefined;
  const onRefusal = refusalListeners(wall);
  return {
    name: 'websocket-ws',
    schemes: ['ws', 'wss'],
    carrier: 'messages',
    provedByOpening: true,
    defaultProtocol: 'websocket',
    check: checkWebSocketUrl,
    dial: (target, sink, clock = systemClock) => {
      const { url, headers, protocols = [] } = target;
      try {
        const dial = dialOf(target, clock);
        const how = defined({
          headers,
          agent,
          finishRequest: agent && clock.unref ? held(clock) : undefined,
          createConnection: dial?.createConnection,
        });
        // For an agent, and for the `ws` of a runtime that dials by itself.
        const secure = url.protocol === 'wss:' && dialler.settings(url);
        const all = { ...local, ...common, ...secure, ...how } as object as ClientOptions;
        const ws = new WebSocket(url, [...protocols], all);
        if (dial instanceof ProxyDial && dial.opening === undefined) return refuseBypass(ws, sink);
        const tell = target.dialler?.onResponse;
        ws.on('unexpected-response', onRefusal(clock, tell));
        if (tell !== undefined) ws.once('upgrade', (response) => tell(acceptedBy(response)));
        if (clock.unref) ws.once('upgrade', ({ socket }) => void heldBy(clock, socket));
        const adapter = new WsSocket(ws, sink, dialler.tune);
        adapter.dial = dial;
        return adapter;
      } catch (error) {
        return failedDial(error, sink);
      }
    },
    adopt: (raw, sink) => adopt(raw, sink, dialler.tune),
    checkAccepted: (raw) => void acceptedOf(raw),
    ...aboutAccepted,
    listen: (url, sink) => listenForWebSockets(url, tls, common, sink),
  };
}

function limitOf(bytes = defaultMaxMessageBytes): number {
  if (Number.isInteger(bytes) && bytes > 0) return bytes;
  throw badConfig('maxMessageBytes', bytes, 'a whole number of bytes, at least 1');
}

/** The dials of this transport, where no agent dials: through a proxy, by name, or of an address. */
function ownDial(
  options: DialOptions,
  proxyOf: ProxyChoice,
  dialler: TlsDialler,
): (target: Target, clock: Clock) => OwnDial {
  return (target, clock) => {
    const { url } = target;
    const proxy = proxyOf(url);
    if (proxy !== undefined) return new ProxyDial(target, proxy, options, clock, dialler);
    const host = hostOf(url);
    checkVersion(host, options);
    const { localAddress } = options;
    const connectTo = (address: string): NetSocket =>
      url.protocol === 'wss:'
        ? dialler.connect({ host: address }, url, clock)
        : connect({ ...defined({ localAddress }), host: address, port: Number(url.port || 80) });
    if (isIP(host) === 0) return new NameDial(target, options, clock, connectTo);
    // The types of `ws` ask for the arguments of `net.connect`.
    return { createConnection: (() => connectTo(host)) as never, opening: undefined };
  };
}

/** The socket of an agent's choice is held by the clock from the moment the request has it. */
function held(clock: Clock): NonNullable<ClientOptions['finishRequest']> {
  return (request) => {
    request.once('socket', (socket) => void heldBy(clock, socket));
    request.end();
  };
}

/** The `ws` of another runtime may dial by itself: what was to go through a proxy would go past it. */
function refuseBypass(ws: WebSocket, sink: SocketSink<WebSocketChunk>): Socket<WebSocketChunk> {
  ws.on('error', () => {});
  ws.terminate();
  return failedAtOnce(
    { reason: 'bad-config', detail: 'proxy: the `ws` of this runtime dials past it' },
    sink,
  );
}

/** Facts about an accepted socket, where its server gave the request. */
const aboutAccepted: Pick<Transport, 'peerOf' | 'requestOf'> = {
  peerOf: (raw) => (isAccepted(raw) && raw.request !== undefined ? peerOf(raw.request.socket) : undefined),
  requestOf: (raw) => (isAccepted(raw) && raw.request !== undefined ? upgradeOf(raw.request) : undefined),
};

function upgradeOf({ headers, url = '/' }: IncomingMessage): UpgradeRequest {
  return { headers, url };
}

type Tell = (response: UpgradeResponse) => void;

function acceptedBy({ statusCode: status = 101, headers }: IncomingMessage): UpgradeResponse {
  return upgradeResponse({ status, headers: { ...headers } });
}

type OnRefusal = (this: WebSocket, request: ClientRequest, response: IncomingMessage) => void;

/** The listener that sockets of a transport share, for each clock; one of its own for a socket whose response is heard. */
function refusalListeners(wall: () => number): (clock: Clock, tell: Tell | undefined) => OnRefusal {
  const listeners = new WeakMap<Clock, OnRefusal>();
  return (clock, tell) => {
    const known = listeners.get(clock);
    if (known !== undefined && tell === undefined) return known;
    const listener: OnRefusal = function (this, _request, response) {
      const adapter = adapterOf(this);
      adapter.dial = new Refusal(adapter, response, clock, { wall, tell });
    };
    if (tell === undefined) listeners.set(clock, listener);
    return listener;
  };
}

/**
 * Adapts an `AcceptedWebSocket` of `listen`, or a `WebSocket` of `ws` from a server of the user. The latter must
 * be adopted within its `connection` event, or messages are lost, and its server needs `autoPong: false`, or
 * pings are answered twice. Given `{ ws, request }` instead of a bare `ws`, `bytesRead` counts the bytes of an
 * unfinished message; otherwise only complete messages.
 *
 * @throws ConfigError when `raw` is neither
 */
function adopt(raw: unknown, sink: SocketSink<WebSocketChunk>, tune: Tune): Socket<WebSocketChunk> {
  const { ws, request } = acceptedOf(raw);
  if (ws.readyState === WebSocket.CLOSED) return failedDial(lostBeforeAdopt(), sink);
  ws.binaryType = 'nodebuffer';
  ws.pause();
  const adapter = new WsSocket(ws, sink, tune, request?.socket);
  process.nextTick(openAdopted, adapter);
  return adapter;
}

function acceptedOf(raw: unknown): Pick<AcceptedWebSocket, 'ws'> & Partial<AcceptedWebSocket> {
  const accepted = isWebSocket(raw) ? { ws: raw } : raw;
  if (!isAccepted(accepted)) throw badConfig('socket', raw, 'a WebSocket of ws, or { ws, request }');
  return accepted;
}

function openAdopted(adapter: WsSocket): void {
  if (!adapter.over && adapter.ws.readyState !== WebSocket.CLOSED) adapter.opened();
}

function isAccepted(value: unknown): value is Pick<AcceptedWebSocket, 'ws'> & Partial<AcceptedWebSocket> {
  return typeof value === 'object' && value !== null && 'ws' in value && isWebSocket(value.ws);
}

/** Tests the shape, not the class: the user's server may come from another copy of `ws`. */
function isWebSocket(value: unknown): value is WebSocket {
  return typeof value === 'object' && value !== null && 'terminate' in value && 'readyState' in value;
}
