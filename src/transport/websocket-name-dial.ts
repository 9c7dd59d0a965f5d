/** The dial of a WebSocket by name: `ws` asks for a connection, and gets the socket of the address that won. */
import { connect, type Socket as NetSocket, type TcpNetConnectOpts } from 'node:net';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import type { ClientOptions } from 'ws';
import { defined } from '../base/defined.ts';
import { type Failure, isError } from '../policy/exits.ts';
import type { DialProgress, Target } from '../ports/transport.ts';
import type { Clock } from '../time/clock.ts';
import { Dialling, type DialOptions } from './dialling.ts';
import { hostOf } from './url-checks.ts';

export type Connected = (error: Error | null, socket?: NetSocket) => void;

/** A dial that is under way. */
export interface Opening {
  readonly progress: DialProgress;
  destroy(): void;
}

/** A dial in place of that of `ws`. */
export interface OwnDial {
  /** What `http.request` calls in place of `net.connect`, once; the types of `ws` do not know of its callback. */
  readonly createConnection: NonNullable<ClientOptions['createConnection']>;
  /** Undefined before `createConnection` was called, and once it has called back. */
  readonly opening: Opening | undefined;
}

export class NameDial implements OwnDial {
  readonly #target: Target;
  readonly #options: DialOptions;
  readonly #clock: Clock;
  #dialling: Dialling | undefined;

  constructor(target: Target, options: DialOptions, clock: Clock) {
    this.#target = target;
    this.#options = options;
    this.#clock = clock;
  }

  get opening(): Opening | undefined {
    return this.#dialling;
  }

  get createConnection(): NonNullable<ClientOptions['createConnection']> {
    return ((options: ClientOptions, connected: Connected) => this.#dial(options, connected)) as never;
  }

  /** `path` is that of the request: Node would take it for a unix socket. */
  #dial(
    { path: _, ...options }: Omit<ClientOptions, 'checkServerIdentity'> & { path?: string },
    connected: Connected,
  ): void {
    const { url, dialler } = this.#target;
    const isSecure = url.protocol === 'wss:';
    const dial = (host: string) =>
      isSecure
        ? connectTls({ ...(options as ConnectionOptions), host })
        : connect({ ...(options as TcpNetConnectOpts), host });
    const event = isSecure ? 'secureConnect' : 'connect';
    const { family, localAddress, lookup } = this.#options;
    this.#dialling = new Dialling(
      {
        ...defined({ family, localAddress, lookup }),
        host: hostOf(url),
        clock: this.#clock,
        dialler,
        event,
        connect: dial,
      },
      {
        won: (socket) => this.#end(() => connected(null, socket)),
        failed: (failure) => this.#end(() => connected(errorOf(failure))),
        closed() {},
      },
    );
  }

  #end(tell: () => void): void {
    this.#dialling = undefined;
    tell();
  }
}

/** An error of which `ws` loses nothing on the way. */
function errorOf({ detail, code, error }: Failure): Error {
  if (isError(error) && error.message === detail) return error;
  return Object.assign(new Error(detail, { cause: error }), { code });
}
