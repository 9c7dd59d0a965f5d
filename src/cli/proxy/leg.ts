/** A leg is one side of a proxied connection. */
import type { Connection } from '../../actors/supervisor/handle.ts';
import { DeliveryError } from '../../base/errors.ts';
import type { PolicyConfig } from '../../config/policy.ts';
import { END, RESET, type Unit } from './marks.ts';

export interface Leg {
  /** The id of its connection. */
  readonly id: string;
  /** Units of the peer, one at a time. They end without `END` when the leg is over. */
  readonly units: AsyncIterable<Unit>;
  /** Whether it is over, and its peer ended it as one does. */
  readonly endedWell: Promise<boolean>;
  /** Resolves when the unit has left; waits while the peer does not read. Rejects when the leg is over. */
  send(unit: Unit): Promise<unknown>;
  /** Both directions have ended. Resolves when nothing of it is left. */
  close(): Promise<unknown>;
  /** The other leg is lost: the peer is told, and what waits is dropped. */
  abort(): Promise<unknown>;
}

export type AnyConnection = Connection<Unit, Unit>;

/** Units that may wait for the other leg before the socket is paused. */
const buffer = { messages: 64, bytes: 256 * 1024 };

/** A leg that is lost with its socket. */
export class ConnectionLeg implements Leg {
  protected readonly connection: AnyConnection;
  readonly #units: AsyncIterator<Unit>;

  /** Reads from here on: no unit of a connection that is new is missed. */
  constructor(connection: AnyConnection) {
    this.connection = connection;
    this.#units = connection.messages({ buffer })[Symbol.asyncIterator]();
  }

  get id(): string {
    return this.connection.id;
  }

  get units(): AsyncIterable<Unit> {
    return { [Symbol.asyncIterator]: () => this.#units };
  }

  get endedWell(): Promise<boolean> {
    return this.connection.closed.then(({ reason }) => reason === 'closed-by-peer');
  }

  async send(unit: Unit): Promise<unknown> {
    try {
      return await this.connection.send(unit);
    } catch (error) {
      // The peer of a WebSocket has ended both directions: there is nothing left to end.
      if (unit === END && this.isOver && (await this.endedWell)) return undefined;
      throw error;
    }
  }

  close(): Promise<unknown> {
    return this.connection.close();
  }

  abort(): Promise<unknown> {
    void this.connection.send(RESET);
    return this.connection.close();
  }

  protected get isOver(): boolean {
    const { status } = this.connection;
    return status === 'left' || status === 'gave-up';
  }
}

/** An upstream leg that outlives its sockets, until the client has ended its side. */
export class HeldLeg extends ConnectionLeg {
  readonly #policy: PolicyConfig;
  #clientEnded = false;

  /** `policy`: that of its connection. */
  constructor(connection: AnyConnection, policy: PolicyConfig) {
    super(connection);
    this.#policy = policy;
  }

  override get units(): AsyncIterable<Unit> {
    return this.#held(super.units);
  }

  /** Data that a socket lost on its way is not sent again: a part of it may have arrived. */
  override async send(unit: Unit): Promise<unknown> {
    if (unit === END) this.#lastOne();
    try {
      return await super.send(unit);
    } catch (error) {
      if (this.isOver || unit === END || !(error instanceof DeliveryError)) throw error;
      return undefined;
    }
  }

  /** A server that restarts ends its streams, too. */
  async *#held(units: AsyncIterable<Unit>): AsyncIterable<Unit> {
    for await (const unit of units) {
      if (unit !== END || this.#clientEnded) yield unit;
      else this.connection.reconnect();
    }
  }

  /** The client sends nothing that another incarnation could begin with. */
  #lastOne(): void {
    this.#clientEnded = true;
    const { reconnect } = this.#policy;
    this.connection.configure({ ...this.#policy, reconnect: { ...reconnect, restart: 'temporary' } });
  }
}
