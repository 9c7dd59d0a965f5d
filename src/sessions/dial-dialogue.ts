/** The dialling side of one socket of a session: says hello, and learns what became of the session. */
import { type Deferred, deferred } from '../base/deferred.ts';
import { badConfig } from '../base/errors.ts';
import { type ExitReason, failureOfClose } from '../policy/exits.ts';
import type { About, Credentials, HandshakeIo, Violation } from '../ports/protocol.ts';
import type { CloseFrame } from '../ports/transport.ts';
import type { DialledLink } from './dialled-link.ts';
import { type Pumped, SessionDialogue, unexpected, violation } from './dialogue.ts';
import type { Framing } from './framing.ts';
import { type Bye, control, type Frame, type Hello, type Refused, type Welcome } from './wire.ts';

/** The sessions of one connection, as its dialogues know them. */
export interface DialledSessions {
  /** The session of now. */
  readonly link: DialledLink;
  readonly current: (Pumped & { failed(failure: Violation): void }) | undefined;
  /** The connection is being closed, and not replaced. */
  readonly leaving: boolean;
  /** `deadlines.close`, in milliseconds. */
  readonly closeMs: number;
  /** The hello of the session, which from here on counts nothing of an earlier socket. */
  hello(): Omit<Hello, 'credentials'>;
  /** Returns false when the numbers fit nowhere. */
  welcomed(welcome: Welcome, line: DialDialogue): boolean;
  /** The session is lost, and another one begins. */
  lost(reason: 'unknown-session' | 'gap'): void;
  /** The session is over. */
  over(reason: string): void;
  /** The other side ends the session: what arrived is handed out, then `answer` is called. */
  parting(bye: Bye, answer: (handled: number) => void): void;
}

/** `lost`: waits for the welcome of the next session, and ignores what was sent in the one before. */
type State = 'new' | 'greeting' | 'lost' | 'attached' | 'left' | 'heard-bye' | 'over';

export class DialDialogue extends SessionDialogue {
  readonly #sessions: DialledSessions;
  readonly #write: About['write'];
  #state: State = 'new';
  #greeting: Deferred<void> | undefined;
  #credentials: unknown;
  /** Goodbyes of sessions that were lost, which the peer answers. */
  #answers = 0;
  /** The meaning of an end of the socket after a goodbye of the peer. */
  #ending: Violation | undefined;

  constructor(framing: Framing, about: About, sessions: DialledSessions) {
    super(framing, about);
    this.#sessions = sessions;
    this.#write = about.write;
  }

  protected write(frame: Uint8Array): void {
    this.#write(this.carried(frame));
  }

  protected get current() {
    return this.#sessions.current;
  }

  protected get link(): DialledLink | undefined {
    return this.#state === 'attached' ? this.#sessions.link : undefined;
  }

  get awaitsAnswer(): boolean {
    return this.#state === 'left';
  }

  protected get partingMs(): number {
    return this.#state === 'heard-bye' ? this.#sessions.closeMs : 0;
  }

  async handshake({ credentials, signal }: HandshakeIo): Promise<void> {
    this.#credentials = secretOf(credentials);
    const greeting = deferred<void>();
    this.#greeting = greeting;
    signal.addEventListener('abort', () => greeting.reject(signal.reason), { once: true });
    this.#greet('greeting');
    await greeting.promise;
    this.#greeting = undefined;
  }

  goodbye(why: ExitReason): unknown {
    if (this.#state !== 'attached' || why !== 'closed-by-us' || !this.#sessions.leaving) return undefined;
    this.#state = 'left';
    const { link } = this.#sessions;
    return this.carried(control('bye', { handled: link.in.say(), reason: 'closed' }));
  }

  get hasLeft(): boolean {
    return this.#state === 'left';
  }

  /** The session goes on without a bye, with any close code. */
  ended(close: CloseFrame | undefined): Violation | undefined {
    if (this.#state === 'left') return undefined;
    if (this.#ending !== undefined) return this.#ending;
    const failure = close && failureOfClose(close.code, close.reason);
    if (failure !== undefined && failure.reason !== 'closed-by-peer') return undefined;
    return { ...failure, reason: 'cut-off', detail: 'the socket ended, and the session did not' };
  }

  fenced(): void {
    if (this.#state === 'attached' || this.#state === 'greeting') this.#state = 'over';
  }

  protected chunkRead(): void {
    if (this.#state === 'attached') this.#sessions.link.in.handOut();
  }

  protected read(frame: Frame): Violation | undefined {
    switch (frame.type) {
      case 'welcome':
        return this.#isGreeting ? this.#welcomed(frame.welcome) : unexpected(frame.type);
      case 'refused':
        return this.#isGreeting || this.#state === 'attached' ? this.#refused(frame.refused) : undefined;
      case 'bye':
        return this.#heardBye(frame.bye);
      case 'ack': {
        const { link } = this;
        return link ? this.#acknowledged(link, frame.handled) : this.#outOfSession('ack');
      }
      default:
        return unexpected(frame.type);
    }
  }

  protected message(data: string | Uint8Array, bytes: number): Violation | undefined {
    const { link } = this;
    return link ? this.received(link, data, bytes) : this.#outOfSession('message');
  }

  get #isGreeting(): boolean {
    return this.#state === 'greeting' || this.#state === 'lost';
  }

  /** Frames of a session that is over, or lost, say nothing any more. */
  #outOfSession(type: Frame['type']): Violation | undefined {
    return this.#state === 'greeting' || this.#state === 'new' ? unexpected(type) : undefined;
  }

  #greet(state: 'greeting' | 'lost'): void {
    const hello = this.#sessions.hello();
    this.#state = state;
    const credentials = this.#credentials === undefined ? {} : { credentials: this.#credentials };
    this.write(control('hello', { ...hello, ...credentials }));
  }

  #welcomed(welcome: Welcome): Violation | undefined {
    const { link } = this.#sessions;
    if (welcome.resumed !== (link.id !== '') || (welcome.resumed && welcome.session !== link.id))
      return violation('a welcome to another session than the hello named');
    if (welcome.resumed && welcome.epoch <= link.epoch)
      return violation(`a welcome with epoch ${welcome.epoch} after ${link.epoch}`);
    // The session may write from here on, and its first frame is an ack: the welcome has arrived.
    this.#state = 'attached';
    if (!this.#sessions.welcomed(welcome, this)) return this.#lose('gap');
    this.#greeting?.resolve();
    return undefined;
  }

  #acknowledged(link: DialledLink, handled: number): Violation | undefined {
    return link.acknowledged(handled) ? undefined : this.#lose('gap');
  }

  /** This side noticed that the numbers fit nowhere: it tells the other side, and begins anew on the same socket. */
  #lose(reason: 'gap'): undefined {
    const handled = this.#sessions.link.in.handled;
    this.write(control('bye', { handled, reason }));
    this.#answers++;
    this.#state = 'lost';
    this.#sessions.lost(reason);
    this.#greet('lost');
  }

  #refused({ reason, retryAfterMs, supported }: Refused): Violation | undefined {
    const { link } = this.#sessions;
    switch (reason) {
      case 'unknown-session':
      case 'gap':
        if (link.id === '') return violation(`refused as ${reason}, without a session`);
        this.#state = 'lost';
        this.#sessions.lost(reason);
        this.#greet('lost');
        return undefined;
      case 'replaced':
        return this.#end({ reason: 'replaced', detail: 'another client has taken the session' });
      case 'not-yours':
        return this.#end({
          reason: 'unauthorized',
          detail: 'the session, or any, is refused to this identity',
        });
      case 'unavailable':
        return {
          reason: 'going-away',
          detail: 'the server has no session to give now',
          ...(retryAfterMs !== undefined && { retryAfterMs }),
        };
      default:
        return violation(`the server speaks other versions: ${supported?.join(', ') ?? 'not said'}`);
    }
  }

  #end(failure: Violation): Violation {
    this.#state = 'over';
    this.#sessions.over(failure.reason);
    return failure;
  }

  #heardBye(bye: Bye): Violation | undefined {
    if (this.#answers > 0 && this.#state !== 'left') {
      this.#answers--;
      return undefined;
    }
    if (this.#state === 'left') {
      this.#state = 'over';
      this.#sessions.link.acknowledged(bye.handled);
      this.#sessions.over('closed');
      return { reason: 'closed-by-us', detail: 'the peer has answered the goodbye' };
    }
    if (this.#state !== 'attached') return violation('a bye without a session');
    this.#state = 'heard-bye';
    const detail = `the session was ended: ${bye.reason}`;
    this.#ending = { reason: bye.reason === 'going-away' ? 'going-away' : 'closed-by-peer', detail };
    this.#sessions.parting(bye, (handled) => this.write(control('bye', { handled, reason: 'answer' })));
    return undefined;
  }
}

/** The part of the credentials that the hello presents; anything that JSON has. */
function secretOf(credentials: Credentials | undefined): unknown {
  const secret = typeof credentials === 'object' ? credentials.handshake : credentials;
  if (secret === undefined) return undefined;
  try {
    if (JSON.stringify(secret) !== undefined) return secret;
  } catch {
    // Circular, or with a BigInt.
  }
  throw badConfig('credentials.handshake', '***', 'a value that JSON can express');
}
