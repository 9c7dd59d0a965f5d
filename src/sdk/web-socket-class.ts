/** Makes classes for libraries that expect the platform's `WebSocket`. */
import { supervisorKinds } from '../actors/supervisor/kinds.ts';
import type { SupervisorOptions } from '../actors/supervisor/options.ts';
import type { Part } from '../actors/supervisor/parts.ts';
import { createSupervisor } from '../actors/supervisor/supervisor.ts';
import { checked, type Kinds } from '../base/options.ts';
import { checkPresentation, type Presentation } from '../endpoints/providers.ts';
import type { Protocol } from '../ports/protocol.ts';
import type { Transport } from '../ports/transport.ts';
import type { WebSocketChunk } from '../ports/websocket-chunk.ts';
import { defaultMaxMessageBytes, limitRequirement, requireAll } from '../protocols/options.ts';
import type { WebSocketMessage } from '../protocols/websocket-messages.ts';
import { requireArgument } from './socket-arguments.ts';
import type { SocketEvents } from './socket-events.ts';
import type { TextHeartbeat } from './text-heartbeat.ts';
import { type ReadArguments, readyStates, type SocketBasis, SupervisedWebSocket } from './web-socket.ts';

/** The options of a supervisor, which all sockets of the class share, and those of the class itself. */
export interface WebSocketClassOptions
  extends Omit<Partial<SupervisorOptions>, 'transports' | 'protocols' | 'machine'> {
  /**
   * False: `close` fires when a socket ends, and CLOSED is final; for libraries that reconnect themselves.
   * True: `open` fires again on each new socket, `close` once when the connection gives up or is closed, and
   * messages sent in between wait in the outbox; for code that expects one socket to live on. Default false.
   */
  readonly reopen?: boolean;
  /** A text message as heartbeat. Default: ping frames in Node; no heartbeat in browsers, which have no ping frames. */
  readonly textHeartbeat?: TextHeartbeat;
  /** Limit of one message in bytes. Default 16 MiB. */
  readonly maxMessageBytes?: number;
  /** Headers of the upgrade, or a function that is called for each upgrade. In browsers a socket with headers fails. */
  readonly headers?: Presentation['headers'];
  /**
   * A token, or parts of the upgrade; a function is called for each upgrade. With `reopen` the first `unauthorized`
   * calls it once more, and the second in a row ends the socket; without `reopen`, each `unauthorized` ends it.
   */
  readonly credentials?: Presentation['credentials'];
  /** Default: `ws` in Node, the page's own `WebSocket` in browsers. */
  readonly transport?: Transport<WebSocketChunk>;
}

type Numbers = { readonly [State in keyof typeof readyStates]: (typeof readyStates)[State] };

/** A standard `WebSocket`, except that `isTrusted` of its events is false: the platform did not create them. */
export interface DropInWebSocket extends SupervisedWebSocket, Numbers {
  addEventListener<Type extends keyof SocketEvents>(
    type: Type,
    listener: (event: SocketEvents[Type]) => unknown,
    options?: boolean | { once?: boolean; signal?: AbortSignal; passive?: boolean; capture?: boolean },
  ): void;
  addEventListener(
    ...args: Parameters<SupervisedWebSocket['addEventListener']>
  ): ReturnType<SupervisedWebSocket['addEventListener']>;
}

/** The constructor that `createWebSocketClass` returns. */
export interface WebSocketClass extends Numbers {
  readonly prototype: DropInWebSocket;
  /**
   * Starts to connect. Throws a `DOMException` named `SyntaxError` for a URL or subprotocol that is not acceptable, and
   * `TypeError` for an option that is not supported. Browsers ignore `options`, as their own class does.
   */
  new (
    url: string | URL,
    protocols?:
      | string
      | readonly string[]
      | (SocketOptions & { readonly protocols?: string | readonly string[] }),
    options?: SocketOptions,
  ): DropInWebSocket;
}

/** The options that the classes of `ws` and of Node take beside URL and subprotocols. */
export interface SocketOptions {
  /** Headers of the upgrade, over those of the class. */
  readonly headers?:
    | Iterable<readonly [string, string]>
    | Readonly<Record<string, string | readonly string[] | number | undefined>>;
}

export type Defaults = Required<Pick<WebSocketClassOptions, 'transport'>> & {
  readonly protocol: Protocol<WebSocketMessage, WebSocketMessage, WebSocketChunk>;
  readonly parts: readonly Part[];
  /** Default: `options` is ignored. */
  readonly readArguments?: ReadArguments;
};

const onlyProtocols: ReadArguments = (presentation, protocols) => ({ presentation, protocols });

const { transports: _, protocols: __, machine: ___, ...shared } = supervisorKinds;

const classKinds: Kinds<WebSocketClassOptions> = {
  reopen: 'a boolean',
  textHeartbeat: 'an object',
  maxMessageBytes: 0,
  headers: 0,
  credentials: 0,
  transport: 'an object',
  ...shared,
};

/** The options. Throws `ConfigError`. */
export function checkedClassOptions(options: WebSocketClassOptions): WebSocketClassOptions {
  const { maxMessageBytes = defaultMaxMessageBytes } = checked('createWebSocketClass', options, classKinds);
  requireAll('createWebSocketClass', { maxMessageBytes }, [limitRequirement(maxMessageBytes)]);
  return options;
}

/** Makes a class. Starts nothing before the first socket. Throws `ConfigError`. */
export function webSocketClass(
  { reopen = false, headers, credentials, ...options }: WebSocketClassOptions,
  { transport, protocol, parts, readArguments = onlyProtocols }: Defaults,
): WebSocketClass {
  const supervisor = createSupervisor({ parts, ...options, transports: [transport] });
  let sockets = 0;
  const nextId = () => `websocket-${++sockets}`;
  const presentation = {
    ...(headers !== undefined && { headers }),
    ...(credentials !== undefined && { credentials }),
  };
  checkPresentation(presentation);
  const basis: SocketBasis = {
    supervisor,
    transport,
    // A socket takes messages of any length. Its arguments are converted by now.
    protocol: { ...protocol, encode: (message: WebSocketMessage) => message },
    reopen,
    openPolicy: { outbox: { messages: unlimited, bytes: unlimited, ...options.outbox } },
    nextId,
    presentation,
    readArguments,
  };
  class WebSocket {
    constructor(url: string | URL, protocols: unknown = [], options?: unknown) {
      // biome-ignore lint/complexity/noArguments: a missing argument is not the same as undefined
      requireArgument('WebSocket', arguments.length);
      // biome-ignore lint/correctness/noConstructorReturn: a class derived from another has a prototype more than the standard's
      return Reflect.construct(SupervisedWebSocket, [basis, url, protocols, options], new.target);
    }
  }
  asInterface(WebSocket);
  return WebSocket as unknown as WebSocketClass;
}

const unlimited = Number.MAX_SAFE_INTEGER;

/** Shapes a class as Web IDL demands: an `EventTarget` with enumerable members, constants on class and prototype. */
function asInterface(Made: new (url: string) => object): void {
  const { constructor: _, ...members } = Object.getOwnPropertyDescriptors(SupervisedWebSocket.prototype);
  for (const [name, member] of Object.entries(members))
    Object.defineProperty(Made.prototype, name, { ...member, enumerable: true });
  for (const [name, value] of Object.entries(readyStates))
    for (const side of [Made, Made.prototype]) Object.defineProperty(side, name, { value, enumerable: true });
  // A minifier renames the class.
  for (const [side, key] of [
    [Made, 'name'],
    [Made.prototype, Symbol.toStringTag],
  ] as const)
    Object.defineProperty(side, key, { value: 'WebSocket', configurable: true });
  Object.setPrototypeOf(Made, EventTarget);
  Object.setPrototypeOf(Made.prototype, EventTarget.prototype);
}
