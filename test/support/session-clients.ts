/** What clients of sessions sent and received, and what became of it. */
import type { SessionLoss, SessionReceipt } from '../../src/session.ts';

/** Messages to the server: each is `<client> <number> …`. */
export class Fates {
  readonly done: Promise<void>;
  readonly #total: number;
  readonly #by = new Map<string, Set<string>>();
  /** How often each message in doubt was named. */
  readonly #named = new Map<string, number>();
  readonly #losses = new Set<SessionLoss>();
  #lost = 0;
  #told = 0;
  #settled = 0;
  #finish = () => {};

  constructor(total: number) {
    this.#total = total;
    this.done = new Promise((resolve) => {
      this.#finish = resolve;
    });
  }

  /** Ten at a time; the second half of them after `half`. */
  async send(
    of: number,
    count: number,
    write: (text: string) => Promise<SessionReceipt>,
    half: Promise<void>,
  ): Promise<void> {
    for (let n = 0; n < count; n++) {
      if (n === Math.floor(count / 2)) await half;
      const sent = write(`${of} ${n} ${'x'.repeat((n * 37) % 150)}`);
      void sent.then(
        async ({ confirmed }) => this.#settle(`${of} ${n}`, await confirmed),
        (error) => this.#settle(`${of} ${n}`, String(error)),
      );
      if (n % 10 === 9) await sent.catch(() => undefined);
    }
  }

  /** The event of a session that is lost. */
  lost(unacknowledged: number): void {
    this.#lost++;
    this.#told += unacknowledged;
  }

  /** The same, as `session$` has it. */
  named(loss: SessionLoss | undefined): void {
    if (loss === undefined || this.#losses.has(loss)) return;
    this.#losses.add(loss);
    for (const message of loss.unacknowledged) {
      const name = nameOf(message);
      this.#named.set(name, (this.#named.get(name) ?? 0) + (loss.resent ? 0 : 1));
    }
  }

  /** `begun`: the messages with which an application has begun. */
  account(begun: ReadonlySet<string>) {
    const doubtful = this.#by.get('unacknowledged') ?? new Set();
    const misnamed = [
      ...[...doubtful].filter((name) => this.#named.get(name) !== 1),
      ...[...this.#named].filter(([name, times]) => times > 0 && !doubtful.has(name)),
    ];
    const confirmed = [...(this.#by.get('confirmed') ?? [])];
    return {
      fates: Object.fromEntries([...this.#by].map(([fate, names]) => [fate, names.size])),
      lostSessions: this.#lost,
      named: this.#told,
      misnamed: misnamed.length + Math.abs(this.#lost - this.#losses.size),
      unhandled: confirmed.filter((name) => !begun.has(name)).length,
    };
  }

  #settle(name: string, fate: string): void {
    const names = this.#by.get(fate) ?? new Set();
    this.#by.set(fate, names.add(name));
    this.#settled++;
    if (this.#settled === this.#total) this.#finish();
  }
}

/** Messages to clients: each is `<life> <number> …`. */
export class Received {
  readonly #seen = new Set<string>();
  /** By client and life, the last number. */
  readonly #last = new Map<string, number>();
  readonly #counts = { handled: 0, repeated: 0, misplaced: 0 };

  handled(of: string, message: string): void {
    const [life = '', text] = message.split(' ');
    const n = Number(text);
    const name = `${life} ${of} ${n}`;
    this.#counts.handled++;
    if (this.#seen.has(name)) this.#counts.repeated++;
    this.#seen.add(name);
    if (n <= (this.#last.get(`${life} ${of}`) ?? -1)) this.#counts.misplaced++;
    this.#last.set(`${life} ${of}`, n);
  }

  /** `written`: lines of the log. */
  has(written: readonly string[]): boolean {
    return this.#lost(written) === 0;
  }

  account(written: readonly string[]) {
    return { ...this.#counts, lost: this.#lost(written) };
  }

  #lost(written: readonly string[]): number {
    return written.filter((line) => {
      const [life, , of, n] = line.split(' ');
      return !this.#seen.has(`${life} ${of} ${n}`);
    }).length;
  }
}

function nameOf(message: string | Uint8Array): string {
  return String(message).split(' ').slice(0, 2).join(' ');
}
