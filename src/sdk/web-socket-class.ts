/** Makes classes that stand where a library expects the platform's `WebSocket`. */

import type { SupervisorOptions } from '../actors/supervisor/options.ts';
import { createSupervisor } from '../actors/supervisor/supervisor.ts';
import { checkPresentation, type Presentation } from '../endpoints/providers.ts';
import type { Protocol } from '../ports/protocol.ts';
import type { Transport } from '../ports/transport.ts';
import type { WebSocketChunk } from '../ports/websocket-chunk.ts';
import type { WebSocketMessage } from '../protocols/websocket-messages.ts';
import type { SocketEvents } from './socket-events.ts';
import type { TextHeartbeat } from './text-heartbeat.ts';
import { readyStates, type SocketBasis, SupervisedWebSocket } from './web-socket.ts';

/** Policy, logger, clock and the rest are those of a supervisor; all sockets of the class share it. */
export interface WebSocketClassOptions
  extends Omit<Partial<SupervisorOptions>, 'transports' | 'protocols' | 'machine'> {
  /**
   * False: `close` fires when a socket ends, and CLOSED is final; for libraries that reconnect themselves.
   * True: `open` fires again on each socket, `close` once it is over for good, and what is sent in between
   * waits in the outbox; for code that expects one socket to live on. Default false.
   */
  readonly reopen?: boolean;
  /** A text message as heartbeat. Default: ping frames in Node; in browsers, which have none, no heartbeat. */
  readonly textHeartbeat?: TextHeartbeat;
  /** Bytes of one message. Default 16 MiB. */
  readonly maxMessageBytes?: number;
  /** Headers of the upgrade, or a function that is asked for each. Not in browsers: there a socket with headers fails. */
  readonly headers?: Presentation['headers'];
  /**
   * A token, or parts of the upgrade; a function is asked for each upgrade. With `reopen` the first `unauthorized`
   * asks it once more, and the second in a row ends the socket; without, each does.
   */
  readonly credentials?: Presentation['credentials'];
  /** Default: `ws` in Node, the page's own `WebSocket` in browsers. */
  readonly transport?: Transport<WebSocketChunk>;
}

type Numbers = { readonly [State in keyof typeof readyStates]: (typeof readyStates)[State] };

/** A standard `WebSocket`, whose events are not trusted (`isTrusted`), as the platform did not make them. */
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

export interface WebSocketClass extends Numbers {
  readonly prototype: DropInWebSocket;
  /** Throws a `DOMException` for a URL or subprotocol that is not acceptable. Begins to connect. */
  new (url: string | URL, protocols?: string | readonly string[]): DropInWebSocket;
}

export type Defaults = Required<Pick<WebSocketClassOptions, 'transport'>> & {
  readonly protocol: Protocol<WebSocketMessage, WebSocketMessage, WebSocketChunk>;
};

/** Throws `ConfigError`. Nothing is started before the first socket. */
export function webSocketClass(
  { reopen = false, headers, credentials, ...options }: WebSocketClassOptions,
  { transport, protocol }: Defaults,
): WebSocketClass {
  const supervisor = createSupervisor({ ...options, transports: [transport] });
  let made = 0;
  const nextId = () => `websocket-${++made}`;
  const presentation = {
    ...(headers !== undefined && { headers }),
    ...(credentials !== undefined && { credentials }),
  };
  checkPresentation(presentation);
  const basis: SocketBasis = { supervisor, transport, protocol, reopen, nextId, presentation };
  class WebSocket extends SupervisedWebSocket {
    constructor(url: string | URL, protocols: string | readonly string[] = []) {
      super(basis, url, protocols);
    }
  }
  asInterface(WebSocket);
  return WebSocket as unknown as WebSocketClass;
}

/** As Web IDL has it: members on the prototype itself and enumerable, constants on both sides. */
function asInterface(Made: typeof SupervisedWebSocket | (new (url: string) => SupervisedWebSocket)): void {
  const { constructor: _, ...members } = Object.getOwnPropertyDescriptors(SupervisedWebSocket.prototype);
  for (const [name, member] of Object.entries(members))
    Object.defineProperty(Made.prototype, name, { ...member, enumerable: true });
  for (const [name, value] of Object.entries(readyStates))
    for (const side of [Made, Made.prototype]) Object.defineProperty(side, name, { value, enumerable: true });
  Object.defineProperty(Made.prototype, Symbol.toStringTag, { value: 'WebSocket', configurable: true });
}
