/** The dial of a WebSocket by name: `ws` asks for a connection, and gets the socket of the address that won. */
import type { Socket as NetSocket } from 'node:net';
import type { ClientOptions } from 'ws';
import { type Failure, isError } from '../policy/exits.ts';
import type { DialProgress, Target } from '../ports/transport.ts';
import type { Clock } from '../time/clock.ts';
import type { DialOptions } from './dial-options.ts';
import { Dialling } from './dialling.ts';
import { hostOf } from './url-checks.ts';

export type Connected = (error: Error | null, socket?: NetSocket) => void;

/** A dial that is under way. */
export interface Opening {
  readonly progress: DialProgress;
  destroy(): void;
}

/** A dial in place of that of `ws`. */
export interface OwnDial {
  /** The function that `http.request` calls in place of `net.connect`, once; the types of `ws` do not know of its callback. */
  readonly createConnection: NonNullable<ClientOptions['createConnection']>;
  /** Undefined before `createConnection` was called, and once it has called back. */
  readonly opening: Opening | undefined;
}

export class NameDial implements OwnDial {
  readonly #target: Target;
  readonly #options: DialOptions;
  readonly #clock: Clock;
  readonly #connect: (address: string) => NetSocket;
  #dialling: Dialling | undefined;

  /** `connect` dials an address. */
  constructor(target: Target, options: DialOptions, clock: Clock, connect: (address: string) => NetSocket) {
    this.#connect = connect;
    this.#target = target;
    this.#options = options;
    this.#clock = clock;
  }

  get opening(): Opening | undefined {
    return this.#dialling;
  }

  get createConnection(): NonNullable<ClientOptions['createConnection']> {
    return ((_: ClientOptions, connected: Connected) => this.#dial(connected)) as never;
  }

  #dial(connected: Connected): void {
    const { url, dialler } = this.#target;
    this.#dialling = new Dialling(
      {
        host: hostOf(url),
        options: this.#options,
        clock: this.#clock,
        dialler,
        event: url.protocol === 'wss:' ? 'secureConnect' : 'connect',
        connect: this.#connect,
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
