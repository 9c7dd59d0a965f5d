/** WebSocket for Node, over the `ws` package. `ws://host[:port]/path` and `wss://…`. */
import type { Agent, ClientRequest, IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { type ClientOptions, WebSocket } from 'ws';
import { defined } from '../base/defined.ts';
import { badConfig } from '../base/errors.ts';
import { failureOfStatus } from '../policy/exits.ts';
import type { Socket, SocketSink, Target, Transport } from '../ports/transport.ts';
import type { WebSocketChunk } from '../ports/websocket-chunk.ts';
import { type Clock, systemClock } from '../time/clock.ts';
import { failedAtOnce, failedDial, lostBeforeAdopt } from './dial-failure.ts';
import { type DialOptions, heldBy } from './dialling.ts';
import { peerOf } from './peer.ts';
import { ProxyDial } from './proxy-dial.ts';
import { checkedAgent, type ProxyChoice, type ProxyOptions, proxyChoice } from './proxy-options.ts';
import { serverNameOf } from './tls.ts';
import { sharedContext, type TlsOptions } from './tls-options.ts';
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
  const { maxMessageBytes = defaultMaxMessageBytes, wall = systemClock.wall, agent, proxy, ...tls } = options;
  const proxyOf = proxy === undefined ? () => undefined : proxyChoice(proxy);
  const dialOf = checkedAgent(agent, proxy) === undefined ? ownDial(tls, proxyOf) : () => undefined;
  const common = { maxPayload: maxMessageBytes, perMessageDeflate: false, autoPong: false };
  const { lookup: _, ...local } = tls;
  const clientOptions = { ...local, ...common };
  const context = sharedContext(tls);
  const onUnexpectedResponse = statusListener(wall);
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
        const named = { ...clientOptions, servername: serverNameOf(url, tls) };
        const dial = dialOf(target, clock);
        const how = defined({
          headers,
          agent,
          finishRequest: agent && clock.unref ? held(clock) : undefined,
          createConnection: dial?.createConnection,
          secureContext: url.protocol === 'wss:' ? context() : undefined,
        });
        const ws = new WebSocket(url, [...protocols], { ...named, ...how });
        if (dial instanceof ProxyDial && dial.opening === undefined) return refuseBypass(ws, sink);
        ws.on('unexpected-response', onUnexpectedResponse);
        if (clock.unref) ws.once('upgrade', ({ socket }) => void heldBy(clock, socket));
        const adapter = new WsSocket(ws, sink);
        adapter.dial = dial;
        return adapter;
      } catch (error) {
        return failedDial(error, sink);
      }
    },
    adopt,
    checkAccepted: (raw) => void acceptedOf(raw),
    peerOf: (raw) => (isAccepted(raw) && raw.request !== undefined ? peerOf(raw.request.socket) : undefined),
    listen: (url, sink) => listenForWebSockets(url, tls, common, sink),
  };
}

/** The dials that do not leave the choice of an address to `ws`: by name, and through a proxy. */
function ownDial(
  options: DialOptions,
  proxyOf: ProxyChoice,
): (target: Target, clock: Clock) => OwnDial | undefined {
  return (target, clock) => {
    const proxy = proxyOf(target.url);
    if (proxy !== undefined) return new ProxyDial(target, proxy, options, clock);
    return isIP(hostOf(target.url)) === 0 ? new NameDial(target, options, clock) : undefined;
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

/** The listener that all sockets of a transport share. */
function statusListener(wall: () => number) {
  return function onUnexpectedResponse(this: WebSocket, _request: ClientRequest, response: IncomingMessage) {
    const adapter = adapterOf(this);
    adapter.fail(failureOfStatus(response.statusCode ?? 0, response.headers['retry-after'], wall()));
    adapter.destroy();
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
function adopt(raw: unknown, sink: SocketSink<WebSocketChunk>): Socket<WebSocketChunk> {
  const { ws, request } = acceptedOf(raw);
  if (ws.readyState === WebSocket.CLOSED) return failedDial(lostBeforeAdopt(), sink);
  ws.binaryType = 'nodebuffer';
  ws.pause();
  const adapter = new WsSocket(ws, sink, request?.socket);
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
