/**
 * Sessions over real sockets and an unkind relay, and the account of what each side's application handled. Clients, server and relay are in
 * this process; what befalls the sockets comes from the seed.
 */
import { createSupervisor, framed, silentLogger, websocket } from '../../src/index.ts';
import { type Session, session } from '../../src/session.ts';
import { fates, type UnkindRelay, unkindRelay } from './unkind-relay.ts';

export const carriers = ['framed', 'websocket'] as const;
export type Carrier = (typeof carriers)[number];

export interface Trial {
  readonly carrier: Carrier;
  readonly seed: number;
  readonly sessions: number;
  /** Of each session, each way. */
  readonly messages: number;
  /** The most bytes that pass one way before something befalls a socket. */
  readonly most: number;
}

/** Messages of one direction, over all sessions. */
export interface Account {
  readonly handled: number;
  readonly lost: number;
  readonly repeated: number;
  /** Behind a later one, or in another session than its own. */
  readonly misplaced: number;
  readonly unconfirmed: number;
}

export interface Outcome {
  readonly toServer: Account;
  readonly toClients: Account;
  /** Sessions that the application of the server was told of. */
  readonly announced: number;
  readonly lostSessions: number;
  readonly relay: UnkindRelay['counts'];
}

const exact: Omit<Account, 'handled'> = { lost: 0, repeated: 0, misplaced: 0, unconfirmed: 0 };

/** The outcome of a trial in which nothing is wrong. */
export function flawless({ sessions, messages }: Trial): Omit<Outcome, 'relay'> {
  const account = { handled: sessions * messages, ...exact };
  return { toServer: account, toClients: account, announced: sessions, lostSessions: 0 };
}

const policy = {
  logger: silentLogger,
  heartbeat: { interval: '1s', condemnAfter: '1s' },
  deadlines: { handshake: '3s' },
  reconnect: { backoff: { base: '20ms', cap: '500ms' }, maxAttempts: 1000 },
} as const;

export async function trial(of: Trial): Promise<Outcome> {
  const { carrier, seed, sessions, most } = of;
  const [toServer, toClients] = [new Direction(of), new Direction(of)];
  const protocol = () => (carrier === 'framed' ? framed() : websocket());
  const scheme = carrier === 'framed' ? 'tcp' : 'ws';
  const all: Promise<void>[] = [];
  let announced = 0;
  const server = createSupervisor(policy);
  const listener = await server.listen({
    url: `${scheme}://127.0.0.1:0`,
    protocol: session(protocol(), {
      maxSessions: { total: 2 * sessions },
      onSession(accepted: Session) {
        announced++;
        const check = toServer.reader();
        accepted.onMessage = (message) => check(message);
        // The client's number is not known before its first message: the server names its own.
        all.push(toClients.send(announced, (text) => accepted.send(text)));
      },
    }),
  });
  const relay = await unkindRelay(Number(new URL(listener.url).port), fates(seed, most));
  const supervisor = createSupervisor(policy);
  let lostSessions = 0;
  supervisor.events$.subscribe(({ event }) => {
    if (event === 'session-lost') lostSessions++;
  });
  for (let at = 0; at < sessions; at++) {
    const check = toClients.reader();
    const connection = supervisor.connect({
      id: `client ${at}`,
      url: `${scheme}://127.0.0.1:${relay.port}`,
      protocol: session(protocol()),
      onMessage: (message) => check(message),
    });
    all.push(toServer.send(at, (text) => connection.send(text)));
  }
  await toServer.done;
  await toClients.done;
  await Promise.all(all);
  relay.relent();
  await supervisor.stop();
  await server.stop();
  relay.close();
  const { counts } = relay;
  return { toServer: toServer.account, toClients: toClients.account, announced, lostSessions, relay: counts };
}

/** One direction of all sessions: what is sent, and how it arrives. */
class Direction {
  readonly #of: Trial;
  readonly #finished: () => void;
  readonly done: Promise<void>;
  #confirmed = 0;
  #counts = { handled: 0, repeated: 0, misplaced: 0 };

  constructor(of: Trial) {
    this.#of = of;
    let finished = () => {};
    this.done = new Promise((resolve) => {
      finished = resolve;
    });
    this.#finished = finished;
  }

  get account(): Account {
    const { sessions, messages } = this.#of;
    const total = sessions * messages;
    const { handled, repeated } = this.#counts;
    return {
      ...this.#counts,
      lost: total - (handled - repeated),
      unconfirmed: total - this.#confirmed,
    };
  }

  /** Sends the messages of one session, ten at a time. Resolves when all of them have a fate. */
  async send(of: number, write: (text: string) => Promise<{ confirmed: Promise<string> }>): Promise<void> {
    const fates: Promise<void>[] = [];
    for (let n = 0; n < this.#of.messages; n++) {
      const sent = write(`${of} ${n} ${'x'.repeat((n * 37) % 150)}`);
      fates.push(this.#follow(sent));
      if (n % 10 === 9) await sent.catch(() => undefined);
    }
    await Promise.all(fates);
  }

  /** Checks what one application handles. */
  reader(): (message: string | Uint8Array) => Promise<void> | undefined {
    const seen = new Set<number>();
    let whose: string | undefined;
    let last = -1;
    return (message) => {
      const [of = '', text] = String(message).split(' ');
      const n = Number(text);
      whose ??= of;
      if (seen.has(n)) this.#counts.repeated++;
      else if (n !== last + 1 || of !== whose) this.#counts.misplaced++;
      seen.add(n);
      last = Math.max(last, n);
      this.#counts.handled++;
      this.#check();
      // Now and then an application takes its time.
      return n % 64 === 63 ? new Promise((resolve) => setTimeout(resolve, 5)) : undefined;
    };
  }

  async #follow(sent: Promise<{ confirmed: Promise<string> }>): Promise<void> {
    const fate = await sent.then(({ confirmed }) => confirmed, String);
    if (fate === 'confirmed') this.#confirmed++;
    this.#check();
  }

  #check(): void {
    const { sessions, messages } = this.#of;
    if (this.#confirmed >= sessions * messages && this.#counts.handled >= sessions * messages)
      this.#finished();
  }
}
