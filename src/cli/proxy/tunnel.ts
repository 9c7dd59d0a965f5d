/** Legs that are sessions: a stream in a tunnel, whose sockets may be cut. */
import type { Subscription } from 'rxjs';
import type { Connection } from '../../actors/supervisor/handle.ts';
import { HoldfastError } from '../../base/errors.ts';
import type { Session } from '../../sessions/handle.ts';
import type { SessionReceipt, WithSession } from '../../sessions/info.ts';
import { Credit } from './credit.ts';
import type { Leg } from './leg.ts';
import { END, RESET, type Unit } from './marks.ts';
import { OPEN, type TunnelUnit, tunnelMessage, tunnelUnit } from './tunnel-wire.ts';

/** A connection whose protocol is a session. */
export type SessionConnection = Omit<Connection<string | Uint8Array>, 'send'> & WithSession;

/** The session, as both sides have it. */
interface Carrier extends AsyncIterable<string | Uint8Array> {
  send(message: Uint8Array): Promise<SessionReceipt>;
}

abstract class TunnelLeg implements Leg {
  abstract readonly id: string;
  /** The end of a stream is `END`, and nothing else. */
  readonly endedWell = Promise.resolve(false);
  readonly #carrier: Carrier;
  readonly #credit = new Credit();

  constructor(carrier: Carrier) {
    this.#carrier = carrier;
  }

  get units(): AsyncIterable<Unit> {
    return unitsOf(this.#carrier);
  }

  /** `END` resolves once the other side has handled it, and so all before it: then the session may end. */
  async send(unit: TunnelUnit): Promise<unknown> {
    if (unit !== RESET) await this.#credit.room();
    const message = tunnelMessage(unit);
    const receipt = await this.#carrier.send(message);
    const { confirmed } = receipt;
    this.#credit.take(message.length, confirmed);
    if (unit !== END || (await confirmed) === 'confirmed') return undefined;
    throw new HoldfastError('closed', 'the session ended before the end of the stream was acknowledged');
  }

  abstract close(): Promise<unknown>;
  abstract abort(): Promise<unknown>;

  protected get carrier(): Carrier {
    return this.#carrier;
  }
}

/** A message that is none of a tunnel breaks the stream off. */
async function* unitsOf(carrier: Carrier): AsyncIterable<Unit> {
  for await (const message of carrier) {
    const unit = tunnelUnit(message);
    if (unit !== OPEN) yield unit ?? RESET;
  }
}

/** The end of a tunnel that dials. */
export class DialledTunnel extends TunnelLeg {
  readonly id: string;
  readonly #connection: SessionConnection;
  readonly #watch: Subscription;

  constructor(connection: SessionConnection) {
    super(connection);
    this.id = connection.id;
    this.#connection = connection;
    // Messages that wait would go on in the next session, in which the other side has no stream.
    this.#watch = connection.session$.subscribe(({ lost }) => {
      if (lost !== undefined) void this.close();
    });
    // The leg says itself when it is lost.
    this.send(OPEN).catch(() => {});
  }

  close(): Promise<unknown> {
    this.#watch?.unsubscribe();
    return this.#connection.close();
  }

  abort(): Promise<unknown> {
    void this.send(RESET).catch(() => {});
    return this.close();
  }
}

/** The end of a tunnel that accepts. The other end closes the session. */
export class AcceptedTunnel extends TunnelLeg {
  readonly id: string;
  readonly #session: Session;

  constructor(session: Session, id: string) {
    super(session);
    this.id = id;
    this.#session = session;
  }

  /** Whether the session carries a stream from its beginning. */
  async begins(): Promise<boolean> {
    for await (const message of this.carrier) return tunnelUnit(message) === OPEN;
    return false;
  }

  close(): Promise<unknown> {
    return this.#session.closed;
  }

  /** Messages on their way still have to be handled, or the session would wait for them. */
  abort(): Promise<unknown> {
    this.#session.onMessage = () => {};
    void this.send(RESET).catch(() => {});
    return this.#session.closed;
  }

  /** Ends the session of a peer that speaks no tunnel. */
  refuse(): Promise<unknown> {
    return this.#session.close('no-tunnel');
  }
}
