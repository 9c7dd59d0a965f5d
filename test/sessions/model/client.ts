/** The dialling side of the model: speaks the frames by itself, acknowledges when it is told to, and replays what was not received. */
import type { Frame, Refused, Welcome } from '../../../src/sessions/wire.ts';
import { Raw } from '../raw.ts';
import type { Stage } from './stage.ts';

export class Client {
  /** Messages of this side. */
  readonly sent: string[] = [];
  /** Messages of servers, of which `handled` are handled. */
  readonly received: string[] = [];
  handled = 0;
  /** Messages of this side that a server said to have handled. */
  acked = 0;
  isAttached = false;
  session = '';
  #epoch = 0;
  #attempt = 0;
  #raw: Raw | undefined;
  /** Frames of the socket that were read. */
  #read = 0;
  readonly #stage: Stage;

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  get unacknowledged(): number {
    return this.sent.length - this.acked;
  }

  /** A socket of before is left as it is: the hello supersedes it. */
  dial(host: string): void {
    const raw = new Raw(this.#stage.network.connect(host));
    this.#raw = raw;
    this.#read = 0;
    this.isAttached = false;
    const gone = () => {
      if (this.#raw === raw) this.leave();
    };
    raw.peer.onEnd = gone;
    raw.peer.onClose = gone;
    raw.hello({
      attempt: ++this.#attempt,
      ...(this.session !== '' && { session: this.session }),
      epoch: this.#epoch,
      received: this.received.length,
      handled: this.handled,
      acked: this.acked,
    });
  }

  get isDialling(): boolean {
    return this.#raw !== undefined;
  }

  /** Gives up its socket. The server is told, unless the link is cut. */
  leave(): void {
    this.isAttached = false;
    const raw = this.#raw;
    this.#raw = undefined;
    raw?.peer.reset();
  }

  say(count: number): void {
    for (let left = count; left > 0; left--) {
      const text = `u${this.sent.length + 1}`;
      this.sent.push(text);
      this.#raw?.message(text);
    }
  }

  /** Handles that many of what it has received, and says so. */
  acknowledge(count: number): void {
    this.handled = Math.min(this.received.length, this.handled + count);
    this.#raw?.ack(this.handled);
  }

  /** Reads what has arrived. */
  read(): void {
    for (let raw = this.#raw; raw !== undefined && this.#read < raw.frames.length; raw = this.#raw)
      this.#hear(raw.frames[this.#read++] as Frame);
    if (this.isAttached) this.#raw?.beat();
  }

  #hear(frame: Frame): void {
    if (frame.type === 'welcome') return this.#welcomed(frame.welcome);
    if (frame.type === 'refused') return this.#refused(frame.refused);
    if (!this.isAttached) return this.#violated(`hears ${frame.type} before a welcome`);
    if (frame.type === 'message') return this.#got(String(frame.data));
    if (frame.type === 'ack') return this.#heardAck(frame.handled, 'an ack');
    this.#violated(`hears ${frame.type}`);
  }

  #welcomed({ session, epoch, received, handled, acked, resumed }: Welcome): void {
    if (resumed !== (this.session !== '') || (resumed && session !== this.session))
      this.#violated(`is welcomed to ${session}, and had ${this.session}`);
    if (epoch <= this.#epoch) this.#violated(`is welcomed with epoch ${epoch} after ${this.#epoch}`);
    if (received > this.sent.length)
      this.#violated(`has sent ${this.sent.length}, of which ${received} arrived`);
    if (acked > this.handled) this.#violated(`has handled ${this.handled}, and ${acked} is acknowledged`);
    this.session = session;
    this.#epoch = epoch;
    this.isAttached = true;
    this.#heardAck(handled, 'a welcome');
    this.#raw?.ack(this.handled);
    for (const text of this.sent.slice(received)) this.#raw?.message(text);
  }

  #refused({ reason }: Refused): void {
    if (reason !== 'unavailable') this.#violated(`is refused as ${reason}`);
    this.leave();
  }

  #got(text: string): void {
    this.received.push(text);
    const { length } = this.received;
    const logged = this.#stage.ledger.log[length - 1];
    if (logged !== text) this.#violated(`receives ${text} as number ${length}, which is ${logged}`);
  }

  #heardAck(handled: number, what: string): void {
    const { recorded } = this.#stage.ledger;
    if (handled < this.acked || handled > recorded)
      this.#violated(`hears ${what} of ${handled} after ${this.acked}, and ${recorded} are recorded`);
    this.acked = handled;
  }

  #violated(what: string): void {
    this.#stage.ledger.violated(`the client ${what}`);
  }
}
