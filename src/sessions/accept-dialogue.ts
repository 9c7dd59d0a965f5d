/** The accepting side of one socket of sessions: answers hellos. */
import { type Deferred, deferred } from '../base/deferred.ts';
import type { ExitReason } from '../policy/exits.ts';
import type { About, HandshakeIo, Violation } from '../ports/protocol.ts';
import type { CloseFrame, Peer } from '../ports/transport.ts';
import type { IdentityRequest } from './accept-options.ts';
import type { AcceptedSession, Carrier } from './accepted-session.ts';
import { type AcceptedSessions, RETRY } from './accepting.ts';
import type { Admitted } from './admitted.ts';
import { type Pumped, SessionDialogue, unexpected, violation } from './dialogue.ts';
import { smaller } from './link.ts';
import { Parting } from './parting.ts';
import { type Bye, control, type Frame, type Hello, type Refused, VERSION } from './wire.ts';

/** The connection of the socket, beside what a session asks of it. */
export interface CarrierConnection extends Carrier {
  readonly accepting: AcceptedSessions;
  readonly current: (Pumped & { failed(failure: Violation): void }) | undefined;
  readonly peer: Peer | undefined;
  readonly closeMs: number;
  /** The connection ends by `close()`. */
  readonly leaving: boolean;
  /** Because the supervisor stops. */
  readonly stopping: boolean;
  /** Ends a socket that has not been greeted, behind what was written. */
  turnAway(failure: Violation): void;
  requestWith(credentials: unknown): IdentityRequest;
  /** The session of this socket. */
  carries(session: AcceptedSession | undefined): void;
}

/** By reason of a refusal after which a socket carries nothing more, the close code and the exit. The others permit another hello. */
const endings: Readonly<Partial<Record<Refused['reason'], readonly [number, ExitReason]>>> = {
  'not-yours': [1008, 'unauthorized'],
  replaced: [1008, 'replaced'],
  unavailable: [1013, 'going-away'],
  version: [1002, 'protocol-error'],
};

/** Hellos of one socket, of which each but the last was refused. */
const MOST_HELLOS = 8;

/** `again`: a hello may follow, and what belongs to the session of before is ignored. `refused`: nothing may. */
type State = 'new' | 'again' | 'greeting' | 'attached' | 'refused' | 'parting' | 'left' | 'over';

export class AcceptDialogue extends SessionDialogue {
  readonly #connection: CarrierConnection;
  #state: State = 'new';
  #session: AcceptedSession | undefined;
  #hellos = 0;
  #greeting: Deferred<void> | undefined;
  #parting: Parting | undefined;
  /** The first ack of this socket tells of the session, if the application does not know it. */
  #resumed = false;
  #isTaken = false;
  /** After a refusal that ends the socket: goes behind it, where the carrier has close frames. */
  closeFrame: CloseFrame | undefined;

  constructor(about: About, connection: CarrierConnection) {
    super(connection.accepting.settings.framing, about);
    this.#connection = connection;
  }

  protected get current() {
    return this.#connection.current;
  }

  protected get link(): AcceptedSession | undefined {
    return this.#state === 'attached' ? this.#session : undefined;
  }

  protected write(frame: Uint8Array): void {
    this.current?.sending.urgent(this.carried(frame), 0);
  }

  async handshake({ signal }: HandshakeIo): Promise<void> {
    const greeting = deferred<void>();
    this.#greeting = greeting;
    signal.addEventListener('abort', () => this.#abort(greeting, signal), { once: true });
    await greeting.promise;
    this.#greeting = undefined;
  }

  goodbye(why: ExitReason): unknown {
    const { leaving, stopping, accepting } = this.#connection;
    if (this.#isTaken) return this.carried(control('refused', { reason: 'replaced' }));
    const session = this.#session;
    if (this.#state !== 'attached' || session === undefined) return undefined;
    if (why !== 'closed-by-us' || !leaving || (stopping && accepting.store.shared)) return undefined;
    this.#state = 'left';
    session.closing ??= stopping ? 'going-away' : 'closed';
    return this.carried(control('bye', { handled: session.in.say(), reason: session.closing }));
  }

  get awaitsAnswer(): boolean {
    return this.#state === 'left';
  }

  protected get partingMs(): number {
    return this.#state === 'parting' ? this.#connection.closeMs : 0;
  }

  ended(): undefined {}

  /** The incarnation is over. */
  released(): void {
    this.#parting?.end();
    const session = this.#session;
    this.#session = undefined;
    if (session === undefined) return;
    if (this.#state === 'parting') session.finish('left');
    session.cut(this);
    this.#state = 'over';
  }

  /** Another socket has the session, or another process. */
  fenced(): void {
    if (this.#state !== 'attached') return;
    this.#isTaken = true;
    this.#drop('refused');
    this.closeFrame = closeFrameOf('replaced');
    this.#connection.close();
  }

  /** The session is not here any more. */
  refuse(reason: 'replaced' | 'unknown-session' | 'gap'): void {
    if (reason === 'replaced') return this.fenced();
    this.#drop('again');
    this.write(control('refused', { reason }));
  }

  protected chunkRead(): void {
    if (this.#state === 'attached' || this.#state === 'parting') this.#session?.writes.claim();
  }

  protected read(frame: Frame): Violation | undefined {
    switch (frame.type) {
      case 'hello':
        return this.#hello(frame.hello);
      case 'foreign':
        return this.#mayGreet
          ? this.#refused({ reason: 'version', supported: [VERSION] })
          : unexpected(frame.type);
      case 'ack': {
        const session = this.link;
        return session ? this.#acknowledged(session, frame.handled) : this.#outOfSession('ack');
      }
      case 'bye':
        return this.#heardBye(frame.bye);
      default:
        return unexpected(frame.type);
    }
  }

  get #mayGreet(): boolean {
    return this.#state === 'new' || this.#state === 'again';
  }

  protected message(data: string | Uint8Array, bytes: number): Violation | undefined {
    const session = this.link;
    return session ? this.received(session, data, bytes) : this.#outOfSession('message');
  }

  #outOfSession(type: Frame['type']): Violation | undefined {
    return this.#state === 'new' || this.#state === 'greeting' ? unexpected(type) : undefined;
  }

  #hello(hello: Hello): Violation | undefined {
    this.#hellos++;
    if (!this.#mayGreet || this.#hellos > MOST_HELLOS) return violation('a hello that was not expected');
    this.#state = 'greeting';
    const request = this.#connection.requestWith(hello.credentials);
    const { accepting } = this.#connection;
    void accepting.admit(hello, request, this.#connection).then((admitted) => this.#answer(hello, admitted));
    return undefined;
  }

  #answer(hello: Hello, admitted: Admitted): void {
    if (admitted.kind === 'refused') {
      if (this.#state === 'greeting') this.#refused(admitted.refused);
      return;
    }
    const { session } = admitted;
    if (this.#state !== 'greeting') return this.#connection.accepting.abandoned(session);
    // Lost or lapsed meanwhile: the store knows, when the client comes again. A client without a session has none to lose.
    if (session.state === 'ended' || (session.closing !== undefined && hello.session === undefined))
      return this.#refused({ reason: 'unavailable', retryAfterMs: RETRY });
    if (session.closing !== undefined) return this.#refused({ reason: 'unknown-session' });
    if (!this.#fits(hello, session)) {
      session.gap();
      return this.#refused({ reason: 'gap' });
    }
    this.#attach(hello, session);
  }

  #fits({ received, handled, acked, again = 0 }: Hello, session: AcceptedSession): boolean {
    const { in: incoming, out } = session;
    if (again > 0) incoming.doubtful = Math.max(incoming.doubtful, again);
    return acked <= incoming.handled && out.greeted(received, handled);
  }

  #attach(hello: Hello, session: AcceptedSession): void {
    const window = smaller(this.#connection.accepting.settings.window, hello.window);
    this.#state = 'attached';
    this.#hellos = 0;
    this.#session = session;
    session.resumed = this.#resumed = hello.session !== undefined;
    session.in.agree(window, this.#connection.accepting.settings.window);
    const welcome = {
      session: session.id,
      epoch: session.epoch,
      received: session.in.received,
      handled: session.in.say(),
      acked: session.out.acked,
      keepFor: session.keepFor,
      window,
      resumed: this.#resumed,
    };
    this.write(control('welcome', welcome));
    session.greeted(this, window);
    session.attach(this.#connection);
    this.#connection.carries(session);
    session.writes.acknowledge();
    session.writes.append();
    this.#connection.tell(session, 'attached');
    this.#greeting?.resolve();
  }

  #acknowledged(session: AcceptedSession, handled: number): Violation | undefined {
    if (!session.acknowledged(handled)) session.gap();
    else if (!session.isAnnounced) {
      session.isAnnounced = session.isKept = true;
      const { accepting, peer } = this.#connection;
      accepting.announce(session, { resumed: this.#resumed, from: peer });
    }
    return undefined;
  }

  #refused(refused: Refused): undefined {
    const { reason } = refused;
    const [, exit] = endings[reason] ?? [];
    this.#state = exit === undefined ? 'again' : 'refused';
    this.write(control('refused', refused));
    if (exit === undefined) return;
    this.closeFrame = closeFrameOf(reason);
    if (this.#greeting === undefined) this.#connection.close();
    else this.#connection.turnAway({ reason: exit, detail: `the hello was refused: ${reason}` });
  }

  #heardBye(bye: Bye): Violation | undefined {
    const session = this.#session;
    if (this.#state === 'again') return undefined;
    if (session === undefined || (this.#state !== 'attached' && this.#state !== 'left'))
      return violation('a bye without a session');
    const isGap = !session.acknowledged(bye.handled);
    if (this.#state === 'left') {
      this.#state = 'over';
      session.finish(session.closing ?? 'closed');
      return { reason: 'closed-by-us', detail: 'the peer has answered the goodbye' };
    }
    if (isGap || bye.reason === 'gap') return this.#endsByGap(session);
    this.#state = 'parting';
    const { timekeeper, closeMs } = { timekeeper: session.timekeeper, closeMs: this.#connection.closeMs };
    const answer = (handled: number) => {
      this.write(control('bye', { handled, reason: 'answer' }));
      session.finish('left');
    };
    this.#parting = new Parting(session, timekeeper, closeMs, answer, () => this.#connection.close());
    session.parting = this.#parting;
    session.in.handOut();
    this.#parting.check();
    return undefined;
  }

  /** The other side has noticed that the numbers fit nowhere, and begins anew. */
  #endsByGap(session: AcceptedSession): undefined {
    this.write(control('bye', { handled: session.in.handled, reason: 'answer' }));
    this.#drop('again');
    session.finish('gap');
  }

  #drop(state: 'again' | 'refused'): void {
    this.#state = state;
    this.#session = undefined;
    this.#connection.carries(undefined);
  }

  #abort(greeting: Deferred<void>, signal: AbortSignal): void {
    if (this.#state === 'greeting') this.#state = 'over';
    greeting.reject(signal.reason);
  }
}

function closeFrameOf(reason: Refused['reason']): CloseFrame | undefined {
  const [code] = endings[reason] ?? [];
  return code === undefined ? undefined : { code, reason };
}
