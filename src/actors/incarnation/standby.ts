/** The incarnations beside the one of an id: a standby that proves its transport, and the one whose place it took. */
import type { Plan } from '../../endpoints/plan.ts';
import type { ConnectionSnapshot, ConnectionState } from '../../machines/connection.ts';
import type { Exit } from '../../policy/exits.ts';
import type { Timekeeper } from '../../time/timekeeper.ts';
import type { IncarnationHost } from './host.ts';
import { Incarnation } from './incarnation.ts';
import { openDialogue } from './talk.ts';

/** The host of an incarnation that is not the one of its id: it carries no message, and moves nothing. */
export class Aside implements IncarnationHost {
  readonly incarnation: number;
  readonly goodbyeFrame = undefined;
  readonly waiting = false;
  /** The first one of its chart. */
  begun: ConnectionSnapshot | undefined;
  protected readonly connection: IncarnationHost;
  readonly #ended: (exit: Exit) => void;

  constructor(connection: IncarnationHost, incarnation: number, ended: (exit: Exit) => void) {
    this.connection = connection;
    this.incarnation = incarnation;
    this.#ended = ended;
  }

  get parts(): IncarnationHost['parts'] {
    return this.connection.parts;
  }

  get attempt(): number {
    return this.connection.attempt;
  }

  moved(_from: ConnectionState | undefined, _to: ConnectionState, snapshot: ConnectionSnapshot): void {
    this.begun ??= snapshot;
    if (snapshot.output !== undefined) this.#ended(snapshot.output);
  }

  nextMessage(): undefined {}
  proved(): void {}
  message(): void {}
  heartbeat(): void {}
}

/** The host of an incarnation whose place was taken: its end is recorded, and what its connection has of it ends. */
export class Replaced extends Aside {
  charted(...moved: Parameters<NonNullable<IncarnationHost['charted']>>): void {
    this.connection.charted?.(...moved);
  }

  released(): void {
    this.connection.released?.();
  }
}

/** The surroundings of a standby. */
export interface StandbyOptions {
  /** Where it dials. */
  readonly route: Plan;
  /** The connection that it is to be of. */
  readonly connection: IncarnationHost;
  /** Its transport is proved; chooses it, or does not. */
  proved(): void;
}

/**
 * An incarnation whose chart hears that its socket is open only when the transport is proved, and the standby chosen. Until then
 * `deadlines.connect` limits its time, and it says nothing but a ping.
 */
export class Standby extends Incarnation {
  readonly #options: StandbyOptions;
  /** Ends the asking of functions where and how to dial, until they have answered. */
  #abandon: (() => void) | undefined;

  /** `aside`: its host until it is chosen. */
  constructor(plan: Plan, aside: Aside, timekeeper: Timekeeper, options: StandbyOptions) {
    super(plan, aside, timekeeper);
    this.#options = options;
  }

  override prepare(): void {
    this.#abandon = this.#options.route.prepare?.(this.host, (failure) => {
      if (failure !== undefined) return this.failed(failure);
      this.#abandon = undefined;
      this.raise({ type: 'prepared' });
    });
  }

  /** The dialogue is one of the connection, as that of any incarnation. */
  override dial(): void {
    const { route, connection } = this.#options;
    const { host } = this;
    this.host = connection;
    this.dialogue = openDialogue(this);
    this.host = host;
    if (this.dialogue === undefined) return;
    try {
      this.socket = route.open(this, this.deadlines.timekeeper.clock);
    } catch (error) {
      // Beside a running incarnation even an error of a transport ends nothing but the standby.
      this.crash(error);
      this.raise({ type: 'socket-closed' });
    }
  }

  override release(): void {
    this.#abandon?.();
    this.#abandon = undefined;
    super.release();
  }

  override opened(): void {
    if (this.plan.protocol.standby !== 'ping') return this.#prove();
    this.sending.open();
    this.sendHeartbeat();
  }

  override received(chunk: unknown): void {
    if (!this.#isChosen) this.#prove();
    super.received(chunk);
  }

  /** It is the incarnation of its id from here on. */
  choose(): void {
    const { begun } = this.host as Aside;
    const { connection } = this.#options;
    this.host = connection;
    this.deadlines.reconfigure(this.plan);
    const to = { connecting: 'dialing' };
    connection.recorded?.({ chart: 'connection', event: undefined, from: undefined, to, verdict: undefined });
    connection.moved(undefined, 'connecting', begun as ConnectionSnapshot);
  }

  get #isChosen(): boolean {
    return this.host === this.#options.connection;
  }

  /** Bytes of the peer come before any other proof: they are read only once the handshake may have them. */
  #prove(): void {
    this.#options.proved();
    if (this.#isChosen) super.opened();
  }
}
